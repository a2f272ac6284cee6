import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import path from 'node:path';
import { serverEnvironment, startProcess, waitUntil } from '../../scripts/servers/child-process.ts';
import { pickFreePort } from '../../scripts/servers/free-port.ts';
import type { Contestant, PeerName } from './contestant.ts';
import type { Place } from './place.ts';
import { placeContent } from './place-content.ts';

/** A peer of bench/peers as a process of its own. */
export async function startPeer(name: PeerName, place: Place): Promise<Contestant> {
  const folder = path.join(place.dir, name);
  mkdirSync(folder, { recursive: true });
  const port = await pickFreePort();
  const program = path.join(import.meta.dirname, '../peers', `${name}.js`);
  const server = await startProcess({
    ...{ name, log: place.log, runDir: place.runDir },
    command: process.execPath,
    args: [program, String(port), folder],
    env: { ...serverEnvironment(), NODE_ENV: 'production' },
  });
  await waitUntil([server], () => accepts(port));
  return {
    name,
    port,
    processes: () => [{ name, pid: server.pid }],
    uploads: (body) => uploadTo(name, body),
    ...(name === 'tus' && { tusPath: '/files' }),
    offer: async (contents) =>
      contents.map((content) => {
        const file = `offer-${content.number}-${content.sizeBytes}`;
        placeContent(path.join(folder, file), content);
        return `/${file}`;
      }),
    removeUploads: async () => {
      for (const file of readdirSync(folder)) if (!file.startsWith('offer-')) rmSync(path.join(folder, file));
    },
    stop: () => server.stop(),
  };
}

function uploadTo(name: PeerName, body: 'raw' | 'form'): ReturnType<Contestant['uploads']> {
  if (name !== 'tus') return { method: 'POST', path: `/${body}`, headers: {}, answersDigest: true };
  // Creation with the upload in it: what tus has for a body in one request.
  const headers = {
    'Tus-Resumable': '1.0.0',
    'Content-Type': 'application/offset+octet-stream',
    'Upload-Length': '{size}',
  };
  return { method: 'POST', path: '/files', headers, answersDigest: false };
}

export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    const finish = (isServing: boolean) => {
      socket.destroy();
      resolve(isServing);
    };
    socket.on('connect', () => finish(true)).on('error', () => finish(false));
  });
}
