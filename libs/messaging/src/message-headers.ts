import type { Msg, MsgHdrs } from 'nats';

/** The client compares every header with all before it, so that a mebibyte of them takes it minutes. */
const maxHeaderBytes = 16 * 1024;

/**
 * A message's headers, or undefined where there are none or they cannot be read. NATS takes any bytes for headers, and the client throws
 * at what is no name or no value to it, inside of its own reading of the socket too.
 */
export function readHeaders(message: Msg): MsgHdrs | undefined {
  const { data, reply = '', subject } = message;
  if (sizeOf(message) - subject.length - reply.length - data.length > maxHeaderBytes) return undefined;
  try {
    return message.headers;
  } catch {
    return undefined;
  }
}

/** Of subject, reply, headers and payload together. The client knows it, and its types do not tell. */
function sizeOf(message: Msg): number {
  return (message as Msg & { size(): number }).size();
}

/** Bytes of headers on the wire. */
export function sizeOfHeaders(headers: MsgHdrs): number {
  return (headers as MsgHdrs & { encode(): Uint8Array }).encode().length;
}
