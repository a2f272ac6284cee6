import path from 'node:path';
import { writeDurably } from '../servers/durable-file.ts';

/** The file in the data folder from which the program `wharf` of this checkout learns what runs, and who it is there. */
export const programFile = 'environment.json';

/** For the owner of the data folder, who can read all of it anyhow. */
export function tellProgram(dataDir: string, environment: Record<string, string>): void {
  writeDurably(path.join(dataDir, programFile), `${JSON.stringify(environment, null, 2)}\n`);
}
