import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { newUid } from '@wharf/test-kit';
import { layout } from '@wharf/volume';
import pg from 'pg';
import { nameSearchOf } from '../../services/metadata/dist/files/name-search.js';
import { fillFiles } from '../fill-files.ts';
import type { WharfSystem } from '../system/wharf-system.ts';

/** ext4 lets 65,000 names stand for one file. */
const namesPerFile = 60_000;

/** As if they had been uploaded evenly in so much time: it decides about their folders. */
const uploadedWithinMs = 3 * 24 * 3600 * 1000;

/** Records without files and files without records: nobody looks at either, they are only there. */
export async function fillSystem(system: WharfSystem, amount: { records: number; files: number }): Promise<void> {
  // As superuser: the services' role may not ask for a checkpoint.
  const url = Object.assign(new URL(system.servers.postgres.adminUrl), { pathname: '/wharf' });
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  await fillFiles(client, { count: amount.records, nameSearchOf });
  await client.query('vacuum analyze files');
  await client.query('checkpoint');
  await client.end();
  fillVolume(system.volumeDir, amount.files);
}

function fillVolume(volumeDir: string, count: number): void {
  const made = new Set<string>();
  let source = '';
  for (let index = 0; index < count; index++) {
    const uid = newUid(Date.now() - Math.floor(uploadedWithinMs * (index / count)));
    const file = path.join(volumeDir, layout.file(uid));
    const folder = path.dirname(file);
    if (!made.has(folder)) mkdirSync(folder, { recursive: true });
    made.add(folder);
    if (index % namesPerFile === 0) writeFileSync(file, Buffer.alloc(10_000));
    else linkSync(source, file);
    if (index % namesPerFile === 0) source = file;
  }
}
