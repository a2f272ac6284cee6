import { existsSync } from 'node:fs';
import path from 'node:path';
import { runToEnd } from '../../scripts/servers/child-process.ts';

const folder = path.resolve(import.meta.dirname, '..');

/** The packages of the peers, which the product does not carry: installed beside this program when they are missing. */
export async function installPeers(say: (line: string) => void): Promise<void> {
  if (existsSync(path.join(folder, 'node_modules/.package-lock.json'))) return;
  say('installing the peers (npm ci --prefix bench) …');
  const args = ['ci', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts'];
  await runToEnd({ name: 'npm ci', command: 'npm', args, env: process.env, log: () => undefined, timeoutMs: 600_000 });
}
