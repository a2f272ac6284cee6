import { ListRecords, type LocatedFileRecord } from '@wharf/contracts';
import { forEachConcurrently } from '@wharf/service-kit';
import { askMetadata } from './ask-metadata.js';
import { type Audit, auditWidth } from './audit.js';
import { type Examination, examineLocal, examineObject } from './examine-copies.js';
import { expectedOf, localPathOf, objectKeyOf } from './examine-file.js';
import { changeOf } from './judge-file.js';
import { skipUnjudgeable } from './skip-unjudgeable.js';
import type { Suspects } from './suspects.js';

const pageSize = 500;

/**
 * Holds every record against the volume and the store.
 *
 * Records come by uid, files and objects lie by the last digits of it, so that the three cannot be merged without sorting
 * one side. Each place that a record names is asked for singly instead: one stat for a local copy and one HEAD for an
 * object, a few at a time. That is the cost of an audit, about a minute for a hundred thousand files; memory does not grow.
 */
export async function compareRecords(audit: Audit, suspects: Suspects): Promise<void> {
  await forEachConcurrently(listRecords(audit), auditWidth, async (record) => {
    audit.tally.examined++;
    audit.tally.records++;
    if (record.status === 'deleted' || changeOf(record) > audit.cutoff) return;
    await skipUnjudgeable(audit, record.uid, async () => {
      // A file that old is not `stored` any more.
      const isRead = Math.random() < audit.options.digestSample;
      if (record.status !== 'stored' && (await looksGood(audit, record, { isRead }))) return;
      await suspects.add({ kind: 'file', uid: record.uid, side: 'records' });
    });
  });
}

async function* listRecords({ bus, options, tally }: Audit): AsyncGenerator<LocatedFileRecord> {
  for (let after: string | null = null; ; ) {
    const page: { files: LocatedFileRecord[] } = await askMetadata(bus, ListRecords, { after, limit: pageSize });
    yield* page.files;
    options.onProgress?.(tally);
    after = page.files.at(-1)?.uid ?? null;
    if (after === null) return;
  }
}

/** Whether both copies that a record names are what it says they are. */
export async function looksGood(
  { store, volume }: Pick<Audit, 'store' | 'volume'>,
  record: LocatedFileRecord,
  examination: Pick<Examination, 'isRead' | 'onRead'>,
): Promise<boolean> {
  const whole = { ...examination, expected: expectedOf(record) };
  if (record.local_path !== null) {
    const local = await examineLocal(volume, localPathOf(record.uid, record), whole);
    if (local.state !== 'good') return false;
  }
  if (record.cloud_path === null) return true;
  const object = await examineObject(store, objectKeyOf(store, record.uid, record), whole);
  return object.state === 'good' && !object.isUnmarked;
}
