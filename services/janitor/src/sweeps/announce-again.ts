import { type EventData, FileStored, GetFile, type LocatedFileRecord } from '@wharf/contracts';
import { callRpc, emit } from '@wharf/messaging';
import { type Janitor, serviceName } from '../janitor.js';
import type { Purge } from './purge-confirmed.js';

/** A store that lost everything is filled again over many sweeps, behind the files of today. */
const mostPerSweep = 100;

/**
 * Announces a file as stored once more, with what is recorded of it, so that cloud-sync copies it again; says in words
 * what came of it. The id is the same each time: JetStream drops what is repeated within ten minutes, however often a
 * sweep finds the file. Throws `unavailable`.
 */
export async function announceAgain({ bus }: Janitor, { file, tally, volume }: Purge): Promise<string> {
  if (tally.announcedAgain >= mostPerSweep) return 'a later sweep has it copied again';
  const record = await callRpc(bus, GetFile, { uid: file.uid });
  if (record.status === 'deleted' || record.local_path === null) return 'it changed meanwhile';
  const sizeBytes = await volume.sizeOf(record.local_path);
  // Copied, it would only hide the loss.
  if (sizeBytes === undefined) return 'its local copy is missing as well';
  if (sizeBytes !== record.size_bytes) return `its local copy has ${sizeBytes} bytes`;
  tally.announcedAgain++;
  await emit(bus, FileStored, {
    service: serviceName,
    subject: file.uid,
    id: `${file.uid}.stored_again`,
    data: storedData(record, record.local_path),
  });
  return 'it is announced to be copied again';
}

function storedData(record: LocatedFileRecord, localPath: string): EventData<typeof FileStored> {
  return {
    uid: record.uid,
    original_name: record.original_name,
    extension: record.extension,
    content_type: record.content_type,
    size_bytes: record.size_bytes,
    sha256: record.sha256,
    local_path: localPath,
    owner_id: record.owner_id,
    message_id: record.message_id,
    metadata: record.metadata,
    expires_at: record.expires_at,
    max_downloads: record.max_downloads,
    created_at: record.created_at,
  };
}
