import { createServer, type RequestListener, request } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A request as it came, and the status of its answer. */
interface Passed {
  method: string;
  path: string;
  cookie: string;
  status: number;
}

export interface NotingProxy {
  url: string;
  /** In the order of their answers. */
  passed: Passed[];
  close(): Promise<void>;
}

/** A proxy in front of a gateway, which ends TLS where it is given a certificate: it notes what a browser says of no request. */
export async function openNotingProxy(target: string, tls?: { cert: Buffer; key: Buffer }): Promise<NotingProxy> {
  const passed: Passed[] = [];
  const scheme = tls ? 'https' : 'http';
  const pass: RequestListener = (incoming, response) => {
    const { headers, method = '', url: path = '' } = incoming;
    const forwarded = { ...headers, 'x-forwarded-proto': scheme, 'x-forwarded-for': '192.0.2.1' };
    const sent = request(target + path, { method, headers: forwarded }, (answer) => {
      const status = answer.statusCode as number;
      passed.push({ method, path, cookie: headers.cookie ?? '', status });
      response.writeHead(status, answer.rawHeaders);
      answer.pipe(response);
    });
    sent.on('error', () => response.destroy());
    incoming.pipe(sent);
  };
  const server = tls ? createTlsServer(tls, pass) : createServer(pass);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
