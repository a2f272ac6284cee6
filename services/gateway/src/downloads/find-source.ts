import type { FileHandle } from 'node:fs/promises';
import { GetFile, type LocatedFileRecord } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { AppError, hasCode } from '@wharf/service-kit';
import type { Gateway } from '../gateway.js';

/** Where a file's bytes can be read right now. */
export type Source = { kind: 'local'; handle: FileHandle } | { kind: 'cloud'; key: string };

/**
 * Finds bytes of a readable record: the local copy where it is whole, else the object. A record is a moment old: where
 * neither is to be found by it, a purge may have come in between, and the record is asked for once more.
 * Throws `unavailable` when there are bytes nowhere.
 */
export async function findSource(gateway: Gateway, record: LocatedFileRecord): Promise<Source> {
  const source = await trySource(gateway, record);
  if (source) return source;
  const renewed = await callRpc(gateway.bus, GetFile, { uid: record.uid });
  const second = await trySource(gateway, renewed);
  if (second) return second;
  gateway.logger.error({ uid: record.uid, status: renewed.status }, 'no bytes of a file can be found');
  throw new AppError('unavailable', 'the bytes of this file cannot be reached');
}

async function trySource({ volume, store }: Gateway, record: LocatedFileRecord): Promise<Source | undefined> {
  if (record.local_path) {
    const handle = await volume.openFile(record.local_path).catch((error: unknown) => {
      if (hasCode(error, 'file_not_found')) return undefined;
      throw error;
    });
    // A copy that is cut short is no copy.
    if (handle && (await handle.stat()).size === record.size_bytes) return { kind: 'local', handle };
    await handle?.close();
  }
  return record.cloud_path ? { kind: 'cloud', key: store.keyOf(record.cloud_path) } : undefined;
}
