import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CuttingProxy {
  url: string;
  /** Requests that it has cut. */
  cuts(): number;
  close(): Promise<void>;
}

/** Stands between a client and a gateway, and breaks the connections of a request off once so many bytes of its body have passed. */
export async function openCuttingProxy(target: string, mostBytes: number): Promise<CuttingProxy> {
  let cuts = 0;
  const server = createServer((incoming, answer) => {
    const { headers, method, url = '' } = incoming;
    const forwarded = request(target + url, { method, headers, agent: false }, (response) => {
      answer.writeHead(response.statusCode as number, response.rawHeaders);
      response.pipe(answer);
    });
    forwarded.on('error', () => answer.destroy());
    answer.on('close', () => forwarded.destroy());
    let bytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      const isOver = bytes + chunk.length > mostBytes;
      const passed = isOver ? chunk.subarray(0, mostBytes - bytes) : chunk;
      bytes += passed.length;
      const isFull = !forwarded.write(passed, () => {
        // What has passed arrives, as behind a proxy that closes in order.
        if (isOver) forwarded.destroy();
      });
      if (isOver) {
        cuts++;
        incoming.removeAllListeners('data').removeAllListeners('end');
        incoming.socket.destroy();
      } else if (isFull) {
        incoming.pause();
        forwarded.once('drain', () => incoming.resume());
      }
    });
    incoming.on('end', () => forwarded.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cuts: () => cuts,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
