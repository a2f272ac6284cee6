import { Agent } from 'node:http';
import { expect } from '@jest/globals';
import { eventually } from '@wharf/test-kit';
import { clientOf, uploaded } from './client.ts';
import { listenToEvents } from './events.ts';
import { type RawAnswer, rawRequest } from './raw-http.ts';
import { openWharf } from './wharf.ts';

/** All downloads are used. */
export const refused = '410 downloads_exhausted';
/** Running transfers have those that are left. */
export const held = '503 unavailable';

/** Two gateways and two metadata, a janitor that looks every second, and files that may be downloaded so many times. */
export async function openLimitedFiles() {
  const wharf = await openWharf({ EXPIRE_SCHEDULE: '* * * * * *' });
  const events = await listenToEvents(wharf.natsUrl, 'file.>');
  for (const name of ['metadata', 'gateway'] as const) await Promise.all([wharf.start(name), wharf.start(name)]);
  await wharf.start('janitor');
  const client = clientOf(wharf.urls[0] as string);
  // A connection for each request: nobody waits for another one's answer.
  const agent = new Agent({ keepAlive: false });
  return {
    wharf,
    client,
    agent,
    events,
    async upload(bytes: Buffer, maxDownloads: number): Promise<string> {
      const fields = { max_downloads: String(maxDownloads) };
      return (await uploaded(client.uploadForm(bytes, 'limited.bin', fields))).uid;
    },
    /** Asks one of the two gateways, by turns. */
    ask(index: number, uid: string, headers: Record<string, string> = {}, method = 'GET'): Promise<RawAnswer> {
      return rawRequest(`${wharf.urls[index % 2]}/api/v1/files/${uid}`, { headers, method, agent });
    },
    async expectExhausted(uid: string, downloads: number): Promise<void> {
      const record = await client.expectStatus(uid, 'deleted');
      expect(record).toMatchObject({ deleted_reason: 'downloads_exhausted', download_count: downloads });
      await eventually(() => expect(events.of('file.deleted', uid)).toHaveLength(1));
      expect(events.of('file.deleted', uid)[0]?.data).toMatchObject({ uid, reason: 'downloads_exhausted' });
    },
    async close(): Promise<void> {
      agent.destroy();
      await events.close();
      await wharf.close();
    },
  };
}

export type LimitedFiles = Awaited<ReturnType<typeof openLimitedFiles>>;

/** Whether some of a file's downloads were used already when the others were refused is a matter of moments. */
export function expectRefused(outcomes: string[]): void {
  expect(outcomes.filter((outcome) => outcome !== refused && outcome !== held)).toEqual([]);
}

/** `complete` for the file's bytes, else status and code of the problem. */
export function outcomeOf(answer: RawAnswer, bytes: Buffer): string {
  if (answer.status !== 200) return `${answer.status} ${JSON.parse(answer.body.toString()).code}`;
  return answer.body.equals(bytes) ? 'complete' : 'other bytes';
}
