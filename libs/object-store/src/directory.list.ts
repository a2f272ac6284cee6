import type { Dirent } from 'node:fs';
import { opendir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { ifMissing } from '@wharf/service-kit';
import { attempt } from './directory.errors.js';
import { isMetadataName } from './directory.metadata.js';
import type { ListedObject, UnfinishedUpload } from './object-store.js';

/** Objects under a folder in the order of their keys. In memory is one folder a level, and each of them holds few. */
export async function* listTree(root: string, prefix: string): AsyncGenerator<ListedObject> {
  const folder = prefix.endsWith('/') ? prefix.slice(0, -1) : path.posix.dirname(prefix);
  for await (const key of keysUnder(root, folder)) {
    if (!key.startsWith(prefix)) continue;
    const found = await attempt(() => ifMissing(stat(path.join(root, key))));
    if (found) yield { key, sizeBytes: found.size, modifiedAt: found.mtime };
  }
}

/** Parts that nobody has written to for so long. */
export async function* listStaleParts(folder: string, olderThanMs: number): AsyncGenerator<UnfinishedUpload> {
  for await (const { name } of await attempt(() => opendir(folder))) {
    const found = await attempt(() => ifMissing(stat(path.join(folder, name))));
    if (found && Date.now() - found.mtimeMs > olderThanMs) {
      yield { key: `incoming/${name}`, uploadId: name, touchedAt: found.mtime };
    }
  }
}

async function* keysUnder(root: string, folder: string): AsyncGenerator<string> {
  const entries = await attempt(() =>
    ifMissing<Dirent[], []>(readdir(path.join(root, folder), { withFileTypes: true }), []),
  );
  // A folder sorts as its objects' keys do: with the slash behind its name.
  const named = entries.map((entry) => ({ entry, order: entry.isDirectory() ? `${entry.name}/` : entry.name }));
  named.sort((a, b) => (a.order < b.order ? -1 : 1));
  for (const { entry } of named) {
    const key = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) yield* keysUnder(root, key);
    else if (entry.isFile() && !isMetadataName(entry.name)) yield key;
  }
}
