import { GetFiles, type LocatedFileRecord, mostRecordsAtOnce } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { AppError } from '@wharf/service-kit';
import type { Gateway } from '../gateway.js';
import type { WantedFiles } from './planned-archive.js';

/**
 * The records of files in their order, some at a time: the next ones are on their way while these are used. Throws `file_not_found` for the first one that
 * the caller may not read.
 */
export async function* readRecords(
  { bus }: Pick<Gateway, 'bus'>,
  { callerOf, uids }: WantedFiles,
): AsyncGenerator<LocatedFileRecord> {
  const read = (start: number) => {
    const page = uids.slice(start, start + mostRecordsAtOnce);
    const reading = callRpc(bus, GetFiles, { uids: page, caller: callerOf(page) });
    // It may fail before anybody waits for it.
    reading.catch(() => undefined);
    return { page, reading };
  };
  let next = read(0);
  for (let start = mostRecordsAtOnce; ; start += mostRecordsAtOnce) {
    const { page, reading } = next;
    const { files } = await reading;
    if (start < uids.length) next = read(start);
    const byUid = new Map(files.map((file) => [file.uid, file]));
    for (const uid of page) {
      const record = byUid.get(uid);
      if (!record) throw new AppError('file_not_found', `no file ${uid} is recorded`);
      yield record;
    }
    if (start >= uids.length) return;
  }
}
