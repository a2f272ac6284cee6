import path from 'node:path';
import { eventually } from '@wharf/test-kit';
import { type RunningProcess, serverEnvironment, startProcess } from '../scripts/servers/child-process.ts';

const program = path.resolve(import.meta.dirname, '../services/gateway/dist/main.js');

export interface GatewayProcess {
  url: string;
  process: RunningProcess;
}

/** A gateway as a process of its own, as it is built: what only a process can suffer can be done to it. */
export async function startGatewayProcess(environment: Record<string, string>): Promise<GatewayProcess> {
  const lines: string[] = [];
  const child = await startProcess({
    name: 'gateway',
    command: process.execPath,
    args: [program],
    env: { ...serverEnvironment(), ...environment, PORT: '0', LOG_LEVEL: 'info' },
    log: (line) => lines.push(line),
  });
  try {
    const url = await eventually(() => {
      if (child.hasExited()) return undefined;
      const started = lines.map((line) => /"url":"(http[^"]+)"/.exec(line)?.[1]).find(Boolean);
      if (!started) throw new Error(`the gateway did not start:\n${child.lastLines()}`);
      return started;
    });
    if (!url) throw new Error(`the gateway ended at its start:\n${child.lastLines()}`);
    return { url, process: child };
  } catch (error) {
    await child.stop();
    throw error;
  }
}
