import type { ServerResponse } from 'node:http';
import { crc32 } from 'node:zlib';
import type { LocatedFileRecord } from '@wharf/contracts';
import { openSource } from '../downloads/open-source.js';
import { requireReadable } from '../downloads/require-readable.js';
import { whileConnected, writeFromCopies } from '../downloads/send-body.js';
import type { Progress } from '../downloads/source.js';
import { endResponse, writeBytes } from '../downloads/write-bytes.js';
import type { Gateway } from '../gateway.js';
import type { ArchiveLeases } from './archive-leases.js';
import type { ArchiveToServe } from './archive-request.js';
import type { PlannedFile } from './planned-archive.js';
import { readRecords } from './read-records.js';
import { ZipWriter } from './zip/zip-writer.js';

interface Plan {
  files: readonly PlannedFile[];
  leases: ArchiveLeases;
  /** Whether the client was cut for being too slow. */
  isCut(): boolean;
}

/** What was sent of an archive until now. */
interface Sending {
  readonly writer: ZipWriter;
  readonly response: ServerResponse;
  sentBytes: number;
  /** The file whose bytes are being sent. */
  current: { uid: string; progress: Progress } | undefined;
  isDelivered: boolean;
}

/**
 * Sends files one after the other, with one copy open at a time, as the response's body. A copy that fails in the middle is left for the other one, as in
 * every download. Rejects when the client leaves, or when the bytes of a file are nowhere any more: the response is then unfinished, and the caller
 * breaks the connection.
 */
export async function sendArchive(gateway: Gateway, archive: ArchiveToServe, plan: Plan): Promise<void> {
  const { link, response } = archive;
  const sending: Sending = {
    writer: new ZipWriter(),
    response,
    sentBytes: 0,
    current: undefined,
    isDelivered: false,
  };
  try {
    await whileConnected(response, sending, sendAll(gateway, archive, { ...plan, sending }));
    plan.leases.complete(sending.sentBytes);
    if (link && plan.leases.areNone) gateway.accesses.noteLink(link.id, 1);
  } catch (error) {
    endLeases(plan, sending);
    throw error;
  }
}

async function sendAll(
  gateway: Gateway,
  archive: ArchiveToServe,
  { files, leases, sending }: Plan & { sending: Sending },
): Promise<void> {
  let index = 0;
  for await (const record of readRecords(gateway, archive)) {
    requireReadable(record, archive.callerOf([record.uid]));
    const file = files[index++] as PlannedFile;
    await sendFile(gateway, record, file, sending);
    leases.finishFile(file.uid, file.sizeBytes);
    gateway.accesses.note(file.uid, file.isLimited ? 0 : 1);
    if (archive.link) gateway.accesses.noteLink(archive.link.id, 0);
  }
  for (const piece of sending.writer.end()) await write(sending, piece);
  sending.isDelivered = true;
  await endResponse(sending.response);
}

async function sendFile(
  gateway: Gateway,
  record: LocatedFileRecord,
  file: PlannedFile,
  sending: Sending,
): Promise<void> {
  const { response, writer } = sending;
  // Opened before its header: of the first file a problem can still be told.
  const first = await openSource(gateway, record);
  let checksum = 0;
  const progress: Progress = {
    position: 0,
    end: file.sizeBytes - 1,
    isDelivered: false,
    observe: (bytes) => {
      checksum = crc32(bytes, checksum);
      sending.sentBytes += bytes.length;
    },
  };
  sending.current = { uid: file.uid, progress };
  // Not awaited, nor is the descriptor: both go with the bytes that follow.
  void write(sending, writer.begin(file));
  await writeFromCopies(gateway, { record, progress, first, response });
  sending.current = undefined;
  void write(sending, writer.finish(checksum));
}

function write(sending: Sending, bytes: Buffer): Promise<void> {
  sending.sentBytes += bytes.length;
  return writeBytes(sending.response, bytes);
}

function endLeases({ isCut, leases }: Plan, { current, sentBytes }: Sending): void {
  if (isCut()) leases.complete(sentBytes);
  leases.breakOff(sentBytes, current && { uid: current.uid, sentBytes: current.progress.position });
}
