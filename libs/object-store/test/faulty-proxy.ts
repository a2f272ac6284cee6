import http from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What happens to a request on its way:
 * `lose-answer` carries it out and breaks the connection, `error-in-200` carries it out and answers 200 with an error,
 * `unhealthy` answers 503, `reset` breaks the connection, `stall` says nothing, `change` alters the first byte that is
 * sent, `cut` ends the answer early, `hush` says no more after its first bytes, `no-metadata` hides the object's
 * metadata, `whole` forgets the range.
 */
export type Fault =
  | 'lose-answer'
  | 'error-in-200'
  | 'unhealthy'
  | 'reset'
  | 'stall'
  | 'change'
  | 'cut'
  | 'hush'
  | 'no-metadata'
  | 'whole';

/** Stands between a store and its server; `plan` tells for each request what goes wrong. */
export class FaultyProxy {
  plan: (request: http.IncomingMessage) => Fault | undefined = () => undefined;
  readonly seen: string[] = [];
  readonly #server = http.createServer((request, response) => this.#pass(request, response));
  readonly #agent = new http.Agent({ keepAlive: true });
  readonly target: string;

  constructor(target: string) {
    this.target = target;
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass(request: http.IncomingMessage, response: http.ServerResponse): void {
    const fault = this.plan(request);
    this.seen.push(`${request.method} ${request.url?.replace(/X-Amz-[^&]*&?/g, '')}`);
    if (fault === 'stall') return;
    if (fault === 'reset') return void request.socket.destroy();
    if (fault === 'unhealthy') return void response.writeHead(503, { 'content-length': '0' }).end();
    const headers = { ...request.headers };
    if (fault === 'whole') delete headers.range;
    const { hostname, port } = new URL(this.target);
    const options = { hostname, port, method: request.method, path: request.url, headers, agent: this.#agent };
    const onward = http.request(options, (answer) => answerWith(fault, answer, response));
    onward.on('error', () => request.socket.destroy());
    let isFirst = true;
    request.on('data', (chunk: Buffer) => {
      if (isFirst && fault === 'change') chunk[0] = (chunk[0] ?? 0) ^ 1;
      isFirst = false;
      onward.write(chunk);
    });
    request.on('end', () => onward.end());
    request.on('error', () => onward.destroy());
  }
}

function answerWith(fault: Fault | undefined, answer: http.IncomingMessage, response: http.ServerResponse): void {
  const headers = { ...answer.headers };
  if (fault === 'no-metadata') delete headers['x-amz-meta-sha256'];
  if (fault === 'lose-answer') {
    answer.resume().on('end', () => response.socket?.destroy());
  } else if (fault === 'error-in-200') {
    answer.resume();
    response.writeHead(200).end('<?xml version="1.0"?><Error><Code>InternalError</Code><Message>m</Message></Error>');
  } else if (fault === 'cut') {
    response.writeHead(answer.statusCode ?? 500, headers);
    answer.once('data', (chunk) => response.write(chunk, () => response.socket?.destroy()));
  } else if (fault === 'hush') {
    response.writeHead(answer.statusCode ?? 500, headers);
    answer.once('data', (chunk) => response.write(chunk)).once('data', () => answer.pause());
  } else {
    response.writeHead(answer.statusCode ?? 500, headers);
    answer.pipe(response);
  }
}
