import { readFileSync } from 'node:fs';
import path from 'node:path';
import { writeDurably } from '../servers/durable-file.ts';
import { pickFreePort } from '../servers/free-port.ts';

/** The ports chosen for one data folder, so that addresses stay the same from start to start. */
export class PortBook {
  private readonly file: string;
  private readonly ports: Record<string, number>;

  constructor(dataDir: string) {
    this.file = path.join(dataDir, 'ports.json');
    this.ports = readPorts(this.file);
  }

  /** The port used last time, else the usual one, else any: the first that is free. */
  async pick(name: string, usual?: number): Promise<number> {
    const port = await pickFreePort(this.ports[name], usual);
    this.ports[name] = port;
    writeDurably(this.file, `${JSON.stringify(this.ports, null, 2)}\n`);
    return port;
  }
}

function readPorts(file: string): Record<string, number> {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}
