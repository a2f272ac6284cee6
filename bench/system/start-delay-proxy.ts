import path from 'node:path';
import { type RunningProcess, startProcess, waitUntil } from '../../scripts/servers/child-process.ts';
import { pickFreePort } from '../../scripts/servers/free-port.ts';
import { accepts } from './peer.ts';
import type { Place } from './place.ts';

/** A process of its own: what it costs is nobody's. The address of a server that is so many milliseconds away. */
export async function startDelayProxy(
  place: Place,
  { roundTripMs, targetPort }: { roundTripMs: number; targetPort: number },
): Promise<{ endpoint: string; process: RunningProcess }> {
  const port = await pickFreePort();
  const program = path.join(import.meta.dirname, 'delay-proxy.ts');
  const process = await startProcess({
    ...{ name: 'delay-proxy', log: place.log, runDir: place.runDir },
    command: globalThis.process.execPath,
    args: [program, ...[port, targetPort, roundTripMs].map(String)],
  });
  await waitUntil([process], () => accepts(port));
  return { endpoint: `http://127.0.0.1:${port}`, process };
}
