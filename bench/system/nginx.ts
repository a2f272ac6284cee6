import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startProcess, waitUntil } from '../../scripts/servers/child-process.ts';
import { ensureInstalled } from '../../scripts/servers/ensure-installed.ts';
import { findExecutable } from '../../scripts/servers/find-executable.ts';
import { pickFreePort } from '../../scripts/servers/free-port.ts';
import type { Contestant } from './contestant.ts';
import { accepts } from './peer.ts';
import type { Place } from './place.ts';
import { placeContent } from './place-content.ts';

/** nginx with one worker: takes uploads by PUT, neither hashed nor synced, and sends files by sendfile. */
export async function startNginx(place: Place): Promise<Contestant> {
  await ensureInstalled(['nginx'], place.log);
  const dir = path.join(place.dir, 'nginx');
  const [served, uploads] = [path.join(dir, 'root/files'), path.join(dir, 'root/uploads')];
  for (const folder of [served, uploads]) mkdirSync(folder, { recursive: true });
  const port = await pickFreePort();
  const config = path.join(dir, 'nginx.conf');
  writeFileSync(config, configuration(dir, port));
  const server = await startProcess({
    ...{ name: 'nginx', log: place.log, runDir: place.runDir },
    command: findExecutable('nginx') ?? 'nginx',
    args: ['-p', dir, '-c', config, '-e', path.join(dir, 'error.log')],
  });
  await waitUntil([server], () => accepts(port));
  return {
    name: 'nginx',
    port,
    processes: () => [{ name: 'nginx', pid: server.pid }],
    uploads: () => ({ method: 'PUT', path: '/uploads/{unique}', headers: {}, answersDigest: false }),
    offer: async (contents) =>
      contents.map((content) => {
        const file = `${content.number}-${content.sizeBytes}`;
        placeContent(path.join(served, file), content);
        return `/files/${file}`;
      }),
    removeUploads: async () => {
      for (const file of readdirSync(uploads)) rmSync(path.join(uploads, file));
    },
    stop: () => server.stop(),
  };
}

function configuration(dir: string, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `  ${name}_temp_path ${path.join(dir, name)};`,
  );
  return [
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    'worker_processes 1;',
    'daemon off;',
    `pid ${path.join(dir, 'nginx.pid')};`,
    'events { worker_connections 512; }',
    'http {',
    '  access_log off;',
    '  sendfile on;',
    '  tcp_nopush on;',
    '  keepalive_requests 1000000;',
    '  client_max_body_size 0;',
    '  client_body_buffer_size 64k;',
    ...temporary,
    '  server {',
    `    listen 127.0.0.1:${port};`,
    `    root ${path.join(dir, 'root')};`,
    '    location /files/ {}',
    '    location /uploads/ { dav_methods PUT; }',
    '  }',
    '}',
    '',
  ].join('\n');
}
