import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands between a service and a server, so that the server can go away without being stopped. */
export interface TcpProxy {
  url: string;
  /** Cuts every connection and refuses new ones. */
  cut(): Promise<void>;
  /** Every connection hangs once so many bytes went to the server over it; resolves when the first one does. */
  stallAfter(bytes: number): Promise<void>;
  restore(): Promise<void>;
}

export async function openTcpProxy(targetUrl: string): Promise<TcpProxy> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  let limitBytes = Number.POSITIVE_INFINITY;
  let onStall = () => {};
  const server = createServer((inward) => {
    const outward = connect(Number(target.port), target.hostname);
    for (const socket of [inward, outward]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        inward.destroy();
        outward.destroy();
      });
    }
    let sentBytes = 0;
    inward.on('data', (bytes) => {
      sentBytes += bytes.length;
      if (sentBytes < limitBytes) outward.write(bytes);
      else onStall();
    });
    outward.pipe(inward);
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const destroySockets = () => {
    for (const socket of sockets) socket.destroy();
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    cut: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      destroySockets();
      await closed;
    },
    stallAfter: (bytes) => {
      limitBytes = bytes;
      return new Promise((resolve) => {
        onStall = resolve;
      });
    },
    restore: async () => {
      limitBytes = Number.POSITIVE_INFINITY;
      destroySockets();
      if (!server.listening) await listen(port);
    },
  };
}
