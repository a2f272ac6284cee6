import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

// Never handed out twice by one process, even before the first taker listens.
const handedOut = new Set<number>();

export async function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return (await listenError(port, host)) === undefined;
}

/** Tries to listen; gives back the error code (EADDRINUSE, EACCES, …) or undefined when the port can be had. */
export function listenError(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(undefined)));
  });
}

/** The first of `preferred` that is free, else a random free port. */
export async function pickFreePort(...preferred: (number | undefined)[]): Promise<number> {
  for (const port of preferred) {
    if (port !== undefined && !handedOut.has(port) && (await isPortFree(port))) return handOut(port);
  }
  for (let attempt = 0; attempt < 500; attempt++) {
    const port = randomPort();
    if (!handedOut.has(port) && (await isPortFree(port))) return handOut(port);
  }
  throw new Error('no free port found on 127.0.0.1');
}

function handOut(port: number): number {
  handedOut.add(port);
  return port;
}

// Below the ephemeral range: while a server is down, the kernel must not lend its port to an outgoing connection
// (a client that reconnects to a port of that range can even end up connected to itself).
function randomPort(): number {
  const last = Math.max(ephemeralStart() - 1, 11_000);
  const first = Math.max(10_000, last - 20_000);
  return first + Math.floor(Math.random() * (last - first + 1));
}

function ephemeralStart(): number {
  try {
    const first = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0]);
    return first > 11_000 ? first : 32_768;
  } catch {
    return 32_768;
  }
}
