import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

interface Exchange {
  method: string;
  range: string | undefined;
  userAgent: string | undefined;
  status: number;
  contentRange: string | undefined;
}

export interface RecordingProxy {
  url: string;
  /** In the order in which the answers began. */
  exchanges: Exchange[];
  /** Bodies wait, with their heads sent, until this is true of the exchanges; it is asked whenever an answer begins. */
  holdBodiesUntil(isEnough: () => boolean): void;
  close(): Promise<void>;
}

/** Stands between a client and a gateway and notes what they say to each other; bodies pass through as they come. */
export async function openRecordingProxy(target: string): Promise<RecordingProxy> {
  const exchanges: Exchange[] = [];
  let isEnough = () => true;
  const held: (() => void)[] = [];
  const server = createServer((incoming, answer) => {
    const { method = '', url = '', headers } = incoming;
    const forwarded = request(new URL(url, target), { method, headers, agent: false });
    forwarded.on('response', (response) => {
      const status = response.statusCode as number;
      const contentRange = response.headers['content-range'];
      exchanges.push({ method, range: headers.range, userAgent: headers['user-agent'], status, contentRange });
      answer.writeHead(status, response.headers).flushHeaders();
      // A break on one side is a break on the other.
      held.push(() => pipeline(response, answer, () => undefined));
      if (isEnough()) for (const goOn of held.splice(0)) goOn();
    });
    forwarded.on('error', () => answer.destroy());
    answer.on('close', () => forwarded.destroy());
    incoming.pipe(forwarded);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    exchanges,
    holdBodiesUntil: (condition) => {
      isEnough = condition;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
