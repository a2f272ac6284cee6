import { createHash, randomBytes } from 'node:crypto';
import { expect } from '@jest/globals';
import { FileRecord, Problem } from '@wharf/contracts';
import { eventually } from '@wharf/test-kit';

export type Body = NonNullable<RequestInit['body']>;

/** What an outside program does with a gateway: plain HTTP, and answers checked against the contract. */
export function clientOf(url: string) {
  const api = `${url}/api/v1`;
  return {
    url,
    api,
    async uploadForm(bytes: Uint8Array, name = 'file.bin', fields: Record<string, string> = {}, type?: string) {
      const form = new FormData();
      form.append('file', new Blob([new Uint8Array(bytes)], type ? { type } : {}), name);
      for (const [key, value] of Object.entries(fields)) form.append(key, value);
      return stored(await fetch(`${api}/files`, { method: 'POST', body: form }));
    },
    async uploadStream(body: Body, query = '', headers: Record<string, string> = {}) {
      const init = { method: 'POST', body, headers, duplex: 'half' } as RequestInit;
      return stored(await fetch(`${api}/files/stream${query}`, init));
    },
    get: (uid: string, headers: Record<string, string> = {}) => fetch(`${api}/files/${uid}`, { headers }),
    async record(uid: string) {
      const answer = await fetch(`${api}/files/${uid}/metadata`);
      expect(answer.status).toBe(200);
      return FileRecord.strict().parse(await answer.json());
    },
    async expectStatus(uid: string, status: FileRecord['status'], timeoutMs = 20_000) {
      return eventually(
        async () => {
          const record = await this.record(uid);
          expect(record.status).toBe(status);
          return record;
        },
        { timeoutMs },
      );
    },
  };
}

export type Client = ReturnType<typeof clientOf>;

async function stored(answer: Response) {
  const body = await answer.json();
  if (answer.status !== 201 && answer.status !== 202) {
    return { status: answer.status, record: undefined, problem: Problem.strict().parse(body) };
  }
  const record = FileRecord.strict().parse(body);
  expect(answer.headers.get('Location')).toBe(`/api/v1/files/${record.uid}`);
  return { status: answer.status, record, problem: undefined };
}

/** The record of an upload that was answered 201. */
export async function uploaded(result: ReturnType<Client['uploadForm']>): Promise<FileRecord> {
  const { status, record, problem } = await result;
  expect({ status, problem }).toEqual({ status: 201, problem: undefined });
  return record as FileRecord;
}

export async function problemOf(answer: Response): Promise<Problem> {
  expect(answer.headers.get('Content-Type')).toMatch(/^application\/problem\+json/);
  const problem = Problem.strict().parse(await answer.json());
  expect(problem.status).toBe(answer.status);
  expect(problem.request_id).toBe(answer.headers.get('X-Request-Id'));
  return problem;
}

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

export async function sha256Of(answer: Response): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of answer.body ?? []) hash.update(chunk);
  return hash.digest('hex');
}

/** A body of `sizeBytes` that is never whole in memory, and its digest once it was read. */
export function generatedBody(sizeBytes: number): { stream: ReadableStream<Uint8Array>; digest: () => string } {
  const hash = createHash('sha256');
  const block = randomBytes(1024 * 1024);
  let left = sizeBytes;
  let digest: string | undefined;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (left === 0) return controller.close();
      block.writeUInt32LE(left % 2 ** 32, 0);
      const chunk = Buffer.from(block.subarray(0, Math.min(left, block.length)));
      hash.update(chunk);
      left -= chunk.length;
      controller.enqueue(chunk);
    },
  });
  return {
    stream,
    digest: () => {
      digest ??= hash.digest('hex');
      return digest;
    },
  };
}
