import { GetFile, type PurgeCandidate, serviceCaller } from '@wharf/contracts';
import { callRpc, publishEvent } from '@wharf/messaging';
import type { Volume } from '@wharf/volume';
import type { Janitor } from '../janitor.js';
import { storedEventOf } from '../stored-event.js';
import type { SweepTally } from './run-sweep.js';

interface Announced {
  file: PurgeCandidate;
  tally: SweepTally;
  volume: Volume;
}

/** A store that lost everything is filled again over many sweeps, behind the files of today. */
const mostPerSweep = 100;

/**
 * Announces a file as stored once more, with what is recorded of it, so that cloud-sync copies it again; says in words
 * what came of it. The message id is the same each time: JetStream drops what is repeated within ten minutes, however often a
 * sweep finds the file. Throws `unavailable`.
 */
export async function announceAgain({ bus }: Janitor, { file, tally, volume }: Announced): Promise<string> {
  if (tally.announcedAgain >= mostPerSweep) return 'a later sweep has it copied again';
  const record = await callRpc(bus, GetFile, { uid: file.uid, caller: serviceCaller });
  if (record.status === 'deleted' || record.local_path === null) return 'it changed meanwhile';
  const sizeBytes = await volume.sizeOf(record.local_path);
  // Copied, it would only hide the loss.
  if (sizeBytes === undefined) return 'its local copy is missing as well';
  if (sizeBytes !== record.size_bytes) return `its local copy has ${sizeBytes} bytes`;
  tally.announcedAgain++;
  const event = storedEventOf(record, record.local_path);
  await publishEvent(bus, event, { messageId: `${event.id}.again` });
  return 'it is announced to be copied again';
}
