import { createHash, randomBytes } from 'node:crypto';
import { Agent, type IncomingMessage, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const address = '127.0.0.2';
const patienceMs = 15_000;
/** No request may take longer. */
export const requestWithinMs = 5000;
const sizes = [10_000, 1024 * 1024];
const pauseMs = 20;

export interface Served {
  requests: number;
  slowestMs: number;
  faults: string[];
}

/** Another client, at another address: uploads small files and some of a megabyte, reads them back, and deletes them. */
export class OtherClient {
  private readonly agent = new Agent({ keepAlive: true, localAddress: address });
  private readonly url: string;
  private readonly readsWithinMs: number;
  private readonly served: Served = { requests: 0, slowestMs: 0, faults: [] };
  private isEnding = false;
  private running: Promise<unknown> = Promise.resolve();

  constructor(url: string, readsWithinMs: number) {
    this.url = url;
    this.readsWithinMs = readsWithinMs;
  }

  /** One file of each size, so that everything is there that serves them. Throws what did not work. */
  async warmUp(): Promise<void> {
    for (const size of sizes) await this.useFile(size);
    this.served.slowestMs = 0;
  }

  begin(): void {
    this.running = Promise.all(sizes.map((size) => this.useFiles(size)));
  }

  async end(): Promise<Served> {
    this.isEnding = true;
    await this.running;
    this.agent.destroy();
    return this.served;
  }

  private async useFiles(size: number): Promise<void> {
    while (!this.isEnding) {
      try {
        await this.useFile(size);
      } catch (error) {
        this.served.faults.push((error as Error).message);
        await delay(250);
      }
      await delay(pauseMs);
    }
  }

  private async useFile(size: number): Promise<void> {
    const bytes = randomBytes(size);
    const stored = await this.ask('POST', '/api/v1/files/stream', 201, bytes);
    const { uid } = JSON.parse(stored.toString()) as { uid: string };
    const read = await this.ask('GET', `/api/v1/files/${uid}`, 200);
    if (digest(read) !== digest(bytes)) throw new Error('a download has other bytes');
    await this.ask('GET', `/api/v1/files/${uid}/metadata`, 200);
    await this.ask('DELETE', `/api/v1/files/${uid}`, 204);
  }

  private async ask(method: string, path: string, expected: number, body?: Buffer): Promise<Buffer> {
    const startedAt = performance.now();
    this.served.requests++;
    const what = `${method} ${path.replace(/[0-9a-f-]{36}/, '{uid}')}${body ? ` of ${body.length} bytes` : ''}`;
    const answer = await this.send(method, path, body).catch((error: Error) => {
      throw new Error(`${what}: ${error.message}`);
    });
    const ms = performance.now() - startedAt;
    this.served.slowestMs = Math.max(this.served.slowestMs, ms);
    if (answer.status !== expected) throw new Error(`${what} was answered ${answer.status}`);
    const withinMs = method === 'GET' ? this.readsWithinMs : requestWithinMs;
    if (ms > withinMs) throw new Error(`${what} took longer than ${withinMs / 1000} s`);
    return answer.body;
  }

  private send(method: string, path: string, body?: Buffer): Promise<{ status: number; body: Buffer }> {
    return new Promise((resolve, reject) => {
      const options = { method, agent: this.agent, signal: AbortSignal.timeout(patienceMs) };
      const headers = body ? { 'Content-Length': body.length } : {};
      const sent = request(this.url + path, { ...options, headers }, (answer) => {
        read(answer).then((bytes) => resolve({ status: answer.statusCode as number, body: bytes }), reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

async function read(answer: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of answer) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
