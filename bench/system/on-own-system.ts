import { programEnd } from '../../scripts/servers/program-end.ts';
import { createScratchFolder } from '../../scripts/servers/scratch-folder.ts';
import { type Client, startClient } from '../client/start-client.ts';
import { FileTable } from './file-table.ts';
import { type WharfOptions, WharfSystem } from './wharf-system.ts';

export interface OwnSystem {
  client: Client;
  system: WharfSystem;
  table: FileTable;
  /** Where it keeps its files. */
  dir: string;
}

/** Does the whole work of a program on a Wharf of its own, and ends the process: nothing that was started stays, also when it is asked to stop. */
export async function onOwnSystem(options: WharfOptions, work: (own: OwnSystem) => Promise<void>): Promise<void> {
  const scratch = await createScratchFolder();
  const end = programEnd(scratch);
  let exitCode = 1;
  try {
    const { dir, runDir } = scratch;
    const system = await WharfSystem.open({ dir, runDir, log: () => undefined }, options);
    const client = startClient();
    const table = await FileTable.open(String(system.environment.DATABASE_URL));
    await work({ client, system, table, dir });
    await table.close();
    await client.stop();
    await system.stop();
    exitCode = 0;
  } catch (error) {
    console.error(error);
  }
  await end(exitCode);
}
