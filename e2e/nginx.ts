import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { freshFolder } from '@wharf/test-kit';
import { startProcess, waitUntil } from '../scripts/servers/child-process.ts';
import { findExecutable } from '../scripts/servers/find-executable.ts';
import { pickFreePort } from '../scripts/servers/free-port.ts';

export interface Nginx {
  url: string;
  stop(): Promise<void>;
}

/**
 * An nginx in front of a gateway: it passes requests on, and sends the files of the volume that the gateway points to. `proxying`: further
 * directives for the requests that it passes on; all others have nginx's defaults.
 */
export async function startNginx(gatewayUrl: string, volumeDir: string, proxying: string[] = []): Promise<Nginx> {
  const folder = await freshFolder('wharf-nginx');
  const port = await pickFreePort();
  const config = path.join(folder.path, 'nginx.conf');
  writeFileSync(config, configuration({ dir: folder.path, port, gatewayUrl, volumeDir, proxying }));
  const server = await startProcess({
    name: 'nginx',
    command: findExecutable('nginx') ?? 'nginx',
    args: ['-p', folder.path, '-c', config, '-e', path.join(folder.path, 'error.log')],
    log: () => undefined,
  });
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    await server.stop();
    await folder.remove();
  };
  try {
    await waitUntil([server], () =>
      fetch(`${url}/health/live`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

const setsHost = (directive: string) => directive.startsWith('proxy_set_header Host ');

const keptHeaders = [
  'Content-Security-Policy',
  'Cross-Origin-Resource-Policy',
  'ETag',
  'Last-Modified',
  'Repr-Digest',
  'X-Content-Type-Options',
  'X-Request-Id',
  'X-Wharf-Source',
];

interface Place {
  dir: string;
  port: number;
  gatewayUrl: string;
  volumeDir: string;
  proxying: string[];
}

function configuration({ dir, port, gatewayUrl, volumeDir, proxying }: Place): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `  ${name}_temp_path ${path.join(dir, name)};`,
  );
  return [
    // The volume belongs to whoever runs this; started by root, workers would be somebody else.
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    'worker_processes 1;',
    'daemon off;',
    `pid ${path.join(dir, 'nginx.pid')};`,
    'events {}',
    'http {',
    '  access_log off;',
    ...temporary,
    '  server {',
    `    listen 127.0.0.1:${port};`,
    '    location / {',
    `      proxy_pass ${gatewayUrl};`,
    ...(proxying.some(setsHost) ? [] : ['      proxy_set_header Host $http_host;']),
    '      proxy_set_header X-Forwarded-For $remote_addr;',
    ...proxying.map((directive) => `      ${directive};`),
    '    }',
    '    location /volume/ {',
    '      internal;',
    `      alias ${volumeDir}/;`,
    // Of the gateway's headers nginx keeps the type, the disposition and the caching; the others are said once more, and its
    // own tag would be none that the gateway knows.
    '      etag off;',
    ...keptHeaders.map(
      (header) => `      add_header ${header} $upstream_http_${header.toLowerCase().replaceAll('-', '_')};`,
    ),
    '    }',
    '  }',
    '}',
    '',
  ].join('\n');
}
