import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const folder = path.resolve(import.meta.dirname, '../../deploy/nginx');

export interface DoorPlace {
  /** Of an existing folder, in which nginx keeps everything. */
  dir: string;
  kind: 'http' | 'https';
  port: number;
  gatewayPort?: number;
  nameServerPort?: number;
}

/** Writes the configuration of deploy/nginx for another place, and says where it is. */
export function placeDoor({ dir, gatewayPort = 8080, kind, nameServerPort, port }: DoorPlace): string {
  const at = (name: string) => path.join(dir, name);
  const placed = (file: string) =>
    readFileSync(path.join(folder, file), 'utf8')
      .replaceAll('/tmp/', `${dir}/`)
      .replaceAll('/run/secrets', dir)
      .replace('/dev/stdout', at('access.log'))
      .replace('/etc/nginx/listen.conf', at('listen.conf'))
      .replace(/listen \d+/, `listen 127.0.0.1:${port}`)
      .replace('http://gateway:8080', `http://gateway:${gatewayPort}`)
      .replace('resolver 127.0.0.11', nameServerPort ? `resolver 127.0.0.1:${nameServerPort}` : 'resolver 127.0.0.11');
  writeFileSync(at('nginx.conf'), placed('nginx.conf'));
  writeFileSync(at('listen.conf'), placed(`${kind}.conf`));
  return at('nginx.conf');
}
