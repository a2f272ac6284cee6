import { randomBytes, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { headersOf } from '@wharf/test-kit';

const kibibyte = 1024;
const patienceMs = 20_000;
const mostTries = 8;
const restMs = 50;

/** What the client knows of an upload afterwards: its status, or that the connection broke off. */
export type Outcome = { status: number; uid: string | undefined } | 'broken';

/** Uploads of owners that end in every way, as the numbers of `random` tell. */
export class RandomUploads {
  private readonly urls: readonly string[];
  private readonly random: () => number;

  constructor(urls: readonly string[], random: () => number) {
    this.urls = urls;
    this.random = random;
  }

  below(count: number): number {
    return Math.floor(this.random() * count);
  }

  private url(): string {
    return `${this.urls[this.below(this.urls.length)]}/api/v1`;
  }

  /** Of a gateway that is not just being started again, as a load balancer finds one. */
  private async livingUrl(): Promise<string> {
    for (;;) {
      const url = this.url();
      const answer = await fetch(new URL('/health/live', url)).catch(() => undefined);
      await answer?.body?.cancel();
      if (answer?.status === 200) return url;
      await delay(restMs);
    }
  }

  /** Mostly short ones, some that go to the disk. */
  private bytes(): Buffer {
    return randomBytes(this.random() < 0.8 ? this.below(20 * kibibyte) : this.below(300 * kibibyte));
  }

  async uploadOf(owner: string): Promise<Outcome> {
    const chance = this.random();
    const bytes = this.bytes();
    if (chance < 0.4) return this.send(bytes, headersOf(owner));
    if (chance < 0.55) return this.sendForm(bytes, headersOf(owner));
    if (chance < 0.75) return this.sendUntilAnswered(bytes, owner);
    if (chance < 0.85) return this.send(bytes, { ...headersOf(owner), 'Content-MD5': 'AAAAAAAAAAAAAAAAAAAAAA==' });
    return this.breakOff(bytes, owner);
  }

  private send(bytes: Buffer, headers: Record<string, string>): Promise<Outcome> {
    const content = new Uint8Array(bytes);
    const body = this.random() < 0.5 ? content : new Blob([content]).stream();
    return this.post('/files/stream', { body, headers });
  }

  private sendForm(bytes: Buffer, headers: Record<string, string>): Promise<Outcome> {
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(bytes)]), 'file.bin');
    return this.post('/files', { body: form, headers });
  }

  private async post(route: string, init: RequestInit): Promise<Outcome> {
    const options = { method: 'POST', duplex: 'half', signal: AbortSignal.timeout(patienceMs), ...init };
    try {
      const answer = await fetch(`${await this.livingUrl()}${route}`, options as RequestInit);
      const { uid } = (await answer.json()) as { uid?: string };
      return { status: answer.status, uid };
    } catch {
      return 'broken';
    }
  }

  /** As a client does that must not lose its file: under a key, at any gateway. */
  private async sendUntilAnswered(bytes: Buffer, owner: string): Promise<Outcome> {
    const headers = { ...headersOf(owner), 'Idempotency-Key': randomUUID() };
    let outcome: Outcome = 'broken';
    for (let tries = 0; tries < mostTries; tries++) {
      outcome = await this.send(bytes, headers);
      if (outcome !== 'broken' && ![409, 503].includes(outcome.status)) return outcome;
    }
    return outcome;
  }

  /** Sends a part of what was announced, and hangs up; sometimes all but the last byte. */
  private async breakOff(bytes: Buffer, owner: string): Promise<Outcome> {
    const url = await this.livingUrl();
    const sent = this.random() < 0.3 ? bytes.length : this.below(bytes.length + 1);
    return new Promise((resolve) => {
      const headers = { ...headersOf(owner), 'Content-Length': bytes.length + 1 };
      const sending = request(`${url}/files/stream`, { method: 'POST', headers }, (answer) => {
        text(answer).then(
          () => resolve({ status: answer.statusCode ?? 0, uid: undefined }),
          () => resolve('broken'),
        );
      });
      sending.on('error', () => resolve('broken'));
      sending.write(bytes.subarray(0, sent), () => setTimeout(() => sending.destroy(), this.below(20)));
      if (sent === 0) sending.flushHeaders();
    });
  }

  /** The status, by somebody who may delete files of others. */
  async delete(uid: string): Promise<number | 'broken'> {
    const signal = AbortSignal.timeout(patienceMs);
    const answer = await fetch(`${this.url()}/files/${uid}`, {
      method: 'DELETE',
      headers: headersOf('operator', { scopes: ['files:write', 'files:all'] }),
      signal,
    }).catch(() => undefined);
    await answer?.body?.cancel();
    return answer?.status ?? 'broken';
  }
}
