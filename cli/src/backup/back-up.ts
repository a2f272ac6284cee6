import { buckets, FileDeleted, FilesStream, streamOfBucket, streams } from '@wharf/contracts';
import { readStream, saveStream } from '@wharf/messaging';
import { findLastUid, saveDatabase } from '@wharf/metadata';
import type { Environment } from '@wharf/service-kit';
import { Volume } from '@wharf/volume';
import { Progress } from '../progress.js';
import { BackupFolder, databasePart, deletionsPart, type Manifest } from './backup-folder.js';
import { saveFiles } from './save-files.js';
import { type System, withSystem } from './with-system.js';

/** The events, and the keys under which uploads were answered in the last day. */
const savedStreams = [...streams.map(({ name }) => name), streamOfBucket(buckets.uploadKeys)];

/** `wharf backup`: what Wharf knows, in a folder, while it runs. */
export async function backUp(environment: Environment, root: string, withObjects: boolean): Promise<void> {
  await withSystem(environment, Volume.openExisting, async (system) => {
    report(await saveAll(system, await BackupFolder.create(root), withObjects));
  });
}

/**
 * The order is what makes the parts agree. The database comes first: what it misses happened later, so its event is in the streams, and
 * `wharf replay` teaches it. Then the bytes, and then the news of files that were deleted since the streams were saved: what has no
 * bytes in the backup for that reason is deleted when it comes back.
 */
async function saveAll(system: System, folder: BackupFolder, withObjects: boolean): Promise<Manifest> {
  const { bus, databaseUrl } = system;
  const rows = new Progress('pages of rows');
  const database = await folder.write(databasePart, (append) =>
    saveDatabase(databaseUrl, async (line) => {
      rows.step(line.slice(0, 30));
      await append(Buffer.from(line));
    }),
  );
  const saved: Manifest['streams'] = [];
  for (const name of savedStreams) {
    const part = `streams/${name}`;
    const pieces = new Progress(`pieces of ${name}`);
    const snapshot = await folder.write(part, (append) =>
      saveStream(bus, name, async (chunk) => {
        pieces.step(name);
        await append(chunk);
      }),
    );
    if (snapshot) saved.push({ part, snapshot });
  }
  const lastUid = (await findLastUid(databaseUrl)) ?? '';
  const files = await saveFiles(system, folder, { withObjects, lastUid, progress: new Progress('records') });
  await saveDeletions(system, folder, saved);
  return folder.finish({ database, streams: saved, files });
}

async function saveDeletions({ bus }: System, folder: BackupFolder, saved: Manifest['streams']): Promise<void> {
  const { last_seq: lastSequence = 0 } =
    saved.find(({ snapshot }) => snapshot.config.name === FilesStream.name)?.snapshot.state ?? {};
  await folder.write(deletionsPart, async (append) => {
    for await (const { data, sequence } of readStream(bus, FilesStream.name, { subject: FileDeleted.type })) {
      if (sequence > lastSequence) await append(Buffer.concat([data, Buffer.from('\n')]));
    }
  });
}

function report({ database, files, streams: saved }: Manifest): void {
  for (const [table, count] of Object.entries(database.rows)) process.stdout.write(`${table}: ${count} rows\n`);
  for (const { snapshot } of saved) {
    process.stdout.write(`${snapshot.config.name}: ${snapshot.state.messages} messages\n`);
  }
  process.stdout.write(`files: ${files.saved} saved, ${files.sizeBytes} bytes\n`);
  if (files.missing > 0) process.stdout.write(`files: ${files.missing} were found nowhere; wharf audit says more\n`);
}
