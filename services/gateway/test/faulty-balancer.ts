import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Gives each connection to the next gateway, and breaks it, as a reset or an end, after so many bytes from the client as `bytesUntilReset` says. */
export async function openFaultyBalancer(
  urls: readonly string[],
  bytesUntilReset: () => number,
): Promise<{ url: string; resets(): number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let resets = 0;
  const server = createServer((inward) => {
    const { hostname, port } = new URL(urls[connections++ % urls.length] as string);
    const outward = connect(Number(port), hostname);
    const limit = bytesUntilReset();
    let bytes = 0;
    const end = () => {
      inward.resetAndDestroy();
      // On a reset the gateway's kernel drops what the gateway has not read; without one it has all that was passed on.
      if (resets % 2 === 0) outward.resetAndDestroy();
      else outward.destroy();
    };
    for (const socket of [inward, outward]) {
      sockets.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        sockets.delete(socket);
        inward.destroy();
        outward.destroy();
      });
    }
    inward.on('data', (chunk) => {
      bytes += chunk.length;
      if (bytes <= limit) {
        if (!outward.write(chunk)) {
          inward.pause();
          outward.once('drain', () => inward.resume());
        }
        return;
      }
      resets++;
      end();
    });
    outward.pipe(inward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    resets: () => resets,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
