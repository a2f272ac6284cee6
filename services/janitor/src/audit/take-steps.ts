import { isDeepStrictEqual } from 'node:util';
import { FileLost, FilePlaces, FilePurged, type LocatedFileRecord, type RepairAction } from '@wharf/contracts';
import { createEvent, emit, publishEvent } from '@wharf/messaging';
import { layout, moveToQuarantine } from '@wharf/volume';
import { serviceName } from '../janitor.js';
import type { Audit } from './audit.js';
import { findRecord } from './examine-file.js';
import type { Step } from './plan-repair.js';

/**
 * Takes the steps of one repair in order, each after its line in the report is durable. Every step can be taken twice, so that a
 * run that died within a repair is made good by the next one.
 * False, and nothing is done, when the record is not any more what the steps were planned for: the next audit sees to it.
 */
export async function takeSteps(audit: Audit, steps: readonly Step[], record?: LocatedFileRecord): Promise<boolean> {
  if (record && !isDeepStrictEqual(placesOf(await findRecord(audit.bus, record.uid)), placesOf(record))) return false;
  for (const step of steps) {
    await audit.report.announce(actionOf(audit, step, placesOf(record)));
    await take(audit, step);
  }
  return true;
}

function placesOf(record: LocatedFileRecord | undefined): FilePlaces | null {
  return record ? FilePlaces.parse(record) : null;
}

function actionOf({ runId }: Audit, step: Step, places: FilePlaces | null): RepairAction {
  switch (step.step) {
    case 'quarantine_local':
    case 'quarantine_object':
      return { ...step, to: layout.quarantined(runId, step.from) };
    case 'announce_stored': {
      const { local_path, size_bytes, uid } = step.event.data;
      const { hasObject: has_object, objectKey: object_key } = step;
      return { step: step.step, uid, local_path, size_bytes, object_key, has_object, places };
    }
    case 'announce_purged':
      return { ...step, places };
    case 'announce_lost':
      return step;
    case 'abort_upload':
      return { step: step.step, key: step.key, upload_id: step.uploadId };
  }
}

async function take(audit: Audit, step: Step): Promise<void> {
  const { bus, runId, store, volume } = audit;
  switch (step.step) {
    case 'quarantine_local':
      await moveToQuarantine(volume, runId, step.from);
      return;
    case 'quarantine_object':
      return store.move(step.from, layout.quarantined(runId, step.from));
    case 'announce_stored':
      // The same event; under its own message id JetStream would drop it.
      await publishEvent(bus, step.event, { messageId: `${step.event.id}.${runId}` });
      return;
    case 'announce_purged':
      return announcePurged(audit, step.uid);
    case 'announce_lost':
      return announceLost(audit, step);
    case 'abort_upload':
      return store.abortUpload(step);
  }
}

/** As the purge sweep announces a file that it finds gone. */
async function announcePurged({ bus, runId }: Audit, uid: string): Promise<void> {
  const data = { uid, reason: 'age' as const, freed_bytes: 0, purged_at: new Date().toISOString() };
  const event = createEvent(FilePurged, { service: serviceName, subject: uid, id: `${uid}.purged`, data });
  await publishEvent(bus, event, { messageId: `${event.id}.${runId}` });
}

async function announceLost({ bus, runId }: Audit, lost: Extract<Step, { step: 'announce_lost' }>): Promise<void> {
  const { detail, expected, uid } = lost;
  const data = { uid, expected, detail };
  await emit(bus, FileLost, { service: serviceName, subject: uid, id: `${uid}.lost.${runId}`, data });
}
