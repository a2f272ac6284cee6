import { accountsDatabase } from '@wharf/accounts';
import { FileDeleted } from '@wharf/contracts';
import { loadDatabase, requireEmptyDatabase } from '@wharf/database';
import { publishEvent, readEvent, restoreStream } from '@wharf/messaging';
import { metadataDatabase } from '@wharf/metadata';
import { AppError, type Environment } from '@wharf/service-kit';
import { Volume } from '@wharf/volume';
import { Progress } from '../progress.js';
import { accountsPart, BackupFolder, databasePart, deletionsPart, type Manifest } from './backup-folder.js';
import { listSavedFiles, restoreFiles } from './restore-files.js';
import { type System, withSystem } from './with-system.js';

/** Clocks of the database and of NATS may differ; what is replayed twice changes nothing. */
const marginMs = 5 * 60_000;

/** `wharf restore`: a backup, on empty servers. */
export async function restore(environment: Environment, root: string, { isJson }: { isJson: boolean }): Promise<void> {
  await withSystem(environment, Volume.open, async (system) => {
    const { folder, manifest } = await BackupFolder.open(root);
    await requireWhole(folder, manifest);
    await requireEmpty(system, manifest);
    await loadAll(system, folder, manifest);
    report(manifest, isJson);
  });
}

/** Before anything is changed: half a restore is worse than none. */
async function requireWhole(folder: BackupFolder, { parts }: Manifest): Promise<void> {
  await folder.requireWhole(parts);
  const progress = new Progress('files checked');
  for await (const { place, sha256, size_bytes: sizeBytes, uid } of listSavedFiles(folder)) {
    await folder.requireBytes(place, sizeBytes, sha256);
    progress.step(uid);
  }
}

/** Throws `conflict` for a database with rows, or a stream with messages; an empty stream makes room. */
async function requireEmpty(
  { accountsDatabaseUrl, bus, databaseUrl }: System,
  { accounts, streams }: Manifest,
): Promise<void> {
  await requireEmptyDatabase(metadataDatabase, databaseUrl);
  if (accounts) await requireEmptyDatabase(accountsDatabase, accountsDatabaseUrl);
  const manager = await bus.jetstreamManager();
  const names = new Set(streams.map(({ snapshot }) => snapshot.config.name));
  const empty: string[] = [];
  for await (const { config, state } of manager.streams.list()) {
    if (!names.has(config.name)) continue;
    if (state.messages > 0) throw new AppError('conflict', `NATS is not empty: ${config.name} has messages`);
    empty.push(config.name);
  }
  for (const name of empty) await manager.streams.delete(name);
}

/** What can be done twice comes first: after a failure there the same command goes on. */
async function loadAll(system: System, folder: BackupFolder, manifest: Manifest): Promise<void> {
  const { accountsDatabaseUrl, bus, databaseUrl, replicas, store } = system;
  await store.prepare();
  await restoreFiles(system, folder, new Progress('files'));
  for (const { part, snapshot } of manifest.streams) {
    const config = { ...snapshot.config, num_replicas: replicas };
    await restoreStream(bus, { ...snapshot, config }, folder.read(part));
  }
  for await (const line of folder.lines(deletionsPart)) {
    await publishEvent(bus, readEvent(FileDeleted.type, Buffer.from(line)));
  }
  const { accounts, database } = manifest;
  if (accounts) await loadDatabase(accountsDatabase, accountsDatabaseUrl, accounts, folder.lines(accountsPart));
  await loadDatabase(metadataDatabase, databaseUrl, database, folder.lines(databasePart));
}

function report({ accounts, database, files, streams }: Manifest, isJson: boolean): void {
  const counts = [...Object.values(database.rows), ...Object.values(accounts?.rows ?? {})];
  const rows = counts.reduce((sum, count) => sum + count, 0);
  const messages = streams.reduce((sum, { snapshot }) => sum + snapshot.state.messages, 0);
  const since = new Date(Date.parse(database.takenAt) - marginMs).toISOString();
  if (isJson) {
    process.stdout.write(`${JSON.stringify({ rows, messages, files: files.saved, replay_since: since })}\n`);
    return;
  }
  process.stdout.write(`${rows} rows, ${messages} messages and ${files.saved} files are back. Start metadata, then\n`);
  process.stdout.write(
    `  wharf replay --since ${since}\nthen start the other services, then\n  wharf audit --repair\n`,
  );
}
