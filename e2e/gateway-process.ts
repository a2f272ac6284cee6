import path from 'node:path';
import { eventually } from '@wharf/test-kit';
import { type RunningProcess, serverEnvironment, startProcess } from '../scripts/servers/child-process.ts';

/** A gateway as a process of its own, from the build: one that can really die. */
export async function startGatewayProcess(
  environment: Record<string, string>,
): Promise<{ url: string; process: RunningProcess }> {
  const lines: string[] = [];
  const running = await startProcess({
    name: 'gateway',
    command: process.execPath,
    args: [path.resolve('services/gateway/dist/main.js')],
    env: { ...serverEnvironment(), ...environment, LOG_LEVEL: 'info' },
    log: (line) => lines.push(line),
  });
  const url = await eventually(
    () => {
      const found = lines.map(urlOf).find((each) => each !== undefined);
      if (!found) throw new Error(`the gateway did not start:\n${running.lastLines()}`);
      return found;
    },
    { timeoutMs: 30_000 },
  );
  return { url, process: running };
}

/** The address in the line that says `started`. */
function urlOf(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined;
  const { msg, url } = JSON.parse(line) as { msg?: string; url?: string };
  return msg === 'started' ? url : undefined;
}
