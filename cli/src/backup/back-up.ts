import { accountsDatabase } from '@wharf/accounts';
import { buckets, FileDeleted, FilesStream, streamOfBucket, streams } from '@wharf/contracts';
import { isMigrated, type SavedDatabase, saveDatabase } from '@wharf/database';
import { readStream, saveStream } from '@wharf/messaging';
import { findLastUid, metadataDatabase } from '@wharf/metadata';
import type { Environment } from '@wharf/service-kit';
import { Volume } from '@wharf/volume';
import { Progress } from '../progress.js';
import { accountsPart, BackupFolder, databasePart, deletionsPart, type Manifest } from './backup-folder.js';
import { saveFiles } from './save-files.js';
import { type System, withSystem } from './with-system.js';

/** The events, and the keys under which uploads were answered in the last day. */
const savedStreams = [...streams.map(({ name }) => name), streamOfBucket(buckets.uploadKeys)];

/** `wharf backup`: what Wharf knows, in a folder, while it runs. */
export async function backUp(
  environment: Environment,
  root: string,
  { isJson, withObjects }: { withObjects: boolean; isJson: boolean },
): Promise<void> {
  await withSystem(environment, Volume.openExisting, async (system) => {
    const manifest = await saveAll(system, await BackupFolder.create(root), withObjects);
    if (isJson) process.stdout.write(`${JSON.stringify(manifest)}\n`);
    else report(manifest);
  });
}

/**
 * The order is what makes the parts agree. The database comes first: what it misses happened later, so its event is in the streams, and
 * `wharf replay` teaches it. Then the bytes, and then the news of files that were deleted since the streams were saved: what has no
 * bytes in the backup for that reason is deleted when it comes back.
 */
async function saveAll(system: System, folder: BackupFolder, withObjects: boolean): Promise<Manifest> {
  const { accountsDatabaseUrl, bus, databaseUrl } = system;
  const database = await saveRows(folder, databasePart, (write) => saveDatabase(metadataDatabase, databaseUrl, write));
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
  // After the streams: nobody owns a file in them who is not known here.
  const accounts = (await isMigrated(accountsDatabase, accountsDatabaseUrl))
    ? await saveRows(folder, accountsPart, (write) => saveDatabase(accountsDatabase, accountsDatabaseUrl, write))
    : undefined;
  const lastUid = (await findLastUid(databaseUrl)) ?? '';
  const files = await saveFiles(system, folder, { withObjects, lastUid, progress: new Progress('records') });
  await saveDeletions(system, folder, saved);
  return folder.finish({ database, ...(accounts && { accounts }), streams: saved, files });
}

function saveRows(
  folder: BackupFolder,
  part: string,
  save: (write: (line: string) => Promise<void>) => Promise<SavedDatabase>,
): Promise<SavedDatabase> {
  const pages = new Progress('pages of rows');
  return folder.write(part, (append) =>
    save(async (line) => {
      pages.step(line.slice(0, 30));
      await append(Buffer.from(line));
    }),
  );
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

function report({ accounts, database, files, streams: saved }: Manifest): void {
  for (const [table, count] of Object.entries(database.rows)) process.stdout.write(`${table}: ${count} rows\n`);
  for (const [table, count] of Object.entries(accounts?.rows ?? {})) {
    process.stdout.write(`accounts.${table}: ${count} rows\n`);
  }
  if (!accounts) process.stdout.write('accounts: none, there is no schema accounts (ACCOUNTS_DATABASE_URL?)\n');
  for (const { snapshot } of saved) {
    process.stdout.write(`${snapshot.config.name}: ${snapshot.state.messages} messages\n`);
  }
  process.stdout.write(`files: ${files.saved} saved, ${files.sizeBytes} bytes\n`);
  if (files.missing > 0) process.stdout.write(`files: ${files.missing} were found nowhere; wharf audit says more\n`);
}
