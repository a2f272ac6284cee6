import type { MikroORM } from '@mikro-orm/postgresql';
import { type EventOf, type FileLost, serviceCaller } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import { ifMissing } from '@wharf/service-kit';
import { lockFile } from '../files/lock-file.js';
import { forgetOldest } from './forget-oldest.js';
import { keepEvents } from './keep-events.js';

/** The loss of bytes stands in the timeline and nowhere else: the record is for people to decide. One of a file that is forgotten is dropped. */
export async function keepLoss(orm: MikroORM, event: EventOf<typeof FileLost>): Promise<void> {
  await inTransaction(orm, async (em) => {
    if (!(await ifMissing(lockFile(em, event.data.uid, serviceCaller)))) return;
    await keepEvents(em, [event]);
    await forgetOldest(em, event.data.uid);
  });
}
