import { AsyncLocalStorage } from 'node:async_hooks';
import http from 'node:http';
import https from 'node:https';
import { AppError } from '@wharf/service-kit';
import type { ClientOptions } from 'minio';
import { isServerTrouble, serverTrouble } from './s3.errors.js';

export const connectTimeoutMs = 5_000;

/** Shorter than the idle limits of common servers, so that a connection is not reused in the moment it is closed. */
const idleSocketMs = 4_000;

const cancellation = new AsyncLocalStorage<AbortSignal>();

/** Runs `work` so that the requests it makes through `boundedTransport` are broken off by the signal. */
export function cancelledBy<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  return cancellation.run(signal, work);
}

export interface BoundedTransport {
  transport: NonNullable<ClientOptions['transport']>;
  transportAgent: http.Agent;
}

/**
 * Requests of the minio client with limits that it lacks: a time to connect, a time without a byte, and a signal.
 * Answers of an unhealthy server become errors here, because the client would repeat such requests, print a warning on
 * the console and leave the unread answer on its connection.
 */
export function boundedTransport({
  ca,
  isSecure,
  stallTimeoutMs,
}: {
  isSecure: boolean;
  ca?: string | undefined;
  stallTimeoutMs: number;
}): BoundedTransport {
  const agentOptions = { keepAlive: true, timeout: idleSocketMs };
  const transportAgent = isSecure
    ? new https.Agent({ ...agentOptions, ...(ca && { ca }) })
    : new http.Agent(agentOptions);
  const open = isSecure ? https.request : http.request;
  const request = (options: http.RequestOptions, onResponse: (response: http.IncomingMessage) => void) => {
    const signal = cancellation.getStore();
    const outgoing = open({ ...options, timeout: stallTimeoutMs, ...(signal && { signal }) }, (response) => {
      const status = response.statusCode ?? 0;
      if (isServerTrouble(status)) outgoing.destroy(serverTrouble(status));
      else onResponse(response);
    });
    outgoing.on('timeout', () => outgoing.destroy(silence(stallTimeoutMs)));
    outgoing.on('socket', (socket) => limitConnecting(outgoing, socket, isSecure ? 'secureConnect' : 'connect'));
    return outgoing;
  };
  return { transport: { request } as BoundedTransport['transport'], transportAgent };
}

function limitConnecting(outgoing: http.ClientRequest, socket: import('node:net').Socket, connected: string): void {
  if (!socket.connecting) return;
  const timer = setTimeout(() => outgoing.destroy(silence(connectTimeoutMs)), connectTimeoutMs);
  socket.once(connected, () => clearTimeout(timer));
  socket.once('close', () => clearTimeout(timer));
}

function silence(ms: number): AppError {
  return new AppError('unavailable', `the object store did not answer within ${ms / 1000} s`);
}
