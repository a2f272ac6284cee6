import { ifMissing } from '@wharf/service-kit';
import { statFile, uidOfFile } from '@wharf/volume';
import type { Audit } from './audit.js';
import type { ConfirmedCase } from './confirmed-case.js';
import { findRecord } from './examine-file.js';
import type { Suspicion } from './suspects.js';

type Stray = Extract<Suspicion, { kind: 'stray_file' | 'stray_object' }>;

/** What lies where no file of its name belongs, and is not what a record names all the same. */
export function confirmStray(audit: Audit, stray: Stray): Promise<ConfirmedCase | undefined> {
  return stray.kind === 'stray_file' ? confirmStrayFile(audit, stray.place) : confirmStrayObject(audit, stray.place);
}

async function confirmStrayFile({ bus, cutoff, volume }: Audit, localPath: string): Promise<ConfirmedCase | undefined> {
  const file = await statFile(volume, localPath);
  if (!file || file.changedAt > cutoff) return undefined;
  const uid = uidOfFile(localPath);
  if (uid && (await findRecord(bus, uid))?.local_path === localPath) return undefined;
  const detail = 'no record names this path';
  return {
    findings: [{ class: 'local_unrecorded', uid: uid ?? null, place: localPath, detail }],
    steps: [{ step: 'quarantine_local', from: localPath }],
  };
}

async function confirmStrayObject({ bus, cutoff, store }: Audit, key: string): Promise<ConfirmedCase | undefined> {
  const object = await ifMissing(store.stat(key));
  if (!object || object.modifiedAt > cutoff) return undefined;
  const uid = uidOfFile(key);
  if (uid && (await findRecord(bus, uid))?.cloud_path === store.pathOf(key)) return undefined;
  const detail = 'no record names this key';
  return {
    findings: [{ class: 'object_unrecorded', uid: uid ?? null, place: key, detail }],
    steps: [{ step: 'quarantine_object', from: key }],
  };
}
