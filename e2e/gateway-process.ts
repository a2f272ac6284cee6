import path from 'node:path';
import { eventually, freshFolder } from '@wharf/test-kit';
import { type RunningProcess, serverEnvironment, startProcess } from '../scripts/servers/child-process.ts';
import { asBusUser } from '../scripts/servers/test-nats.ts';

export interface GatewayProcess {
  url: string;
  process: RunningProcess;
  /** All that it has said so far. */
  lines: string[];
}

/** A gateway as a process of its own, from the build: one that can really die. */
export async function startGatewayProcess(environment: Record<string, string>): Promise<GatewayProcess> {
  const lines: string[] = [];
  const running = await startProcess({
    name: 'gateway',
    command: process.execPath,
    args: [path.resolve('services/gateway/dist/main.js')],
    env: {
      ...serverEnvironment(),
      ...environment,
      NATS_URL: asBusUser(String(environment.NATS_URL), 'gateway'),
      LOG_LEVEL: 'info',
    },
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
  return { url, process: running, lines };
}

/** The same with a volume of its own and nothing else that it could ask: enough for whatever is judged at its door. */
export async function startLoneGateway(
  environment: Record<string, string> = {},
): Promise<GatewayProcess & { close(): Promise<void> }> {
  const folder = await freshFolder('gateway');
  const gateway = await startGatewayProcess({
    PORT: '0',
    // Nobody listens there.
    NATS_URL: 'nats://127.0.0.1:9',
    OBJECT_STORE_URL: `file://${folder.path}/objects`,
    VOLUME_DIR: path.join(folder.path, 'volume'),
    RECORD_WAIT_MS: '0',
    SHUTDOWN_GRACE_MS: '1000',
    // What is judged here is what comes behind the host.
    ALLOWED_HOSTS: '*',
    ...environment,
  });
  return {
    ...gateway,
    async close() {
      await gateway.process.stop();
      await folder.remove();
    },
  };
}

/** The address in the line that says `started`. */
function urlOf(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined;
  const { msg, url } = JSON.parse(line) as { msg?: string; url?: string };
  return msg === 'started' ? url : undefined;
}
