import { type IncomingMessage, request } from 'node:http';
import { Problem } from '@wharf/contracts';
import fc from 'fast-check';
import { type OpenApi, readOpenApi } from '../../openapi.ts';
import type { Attack, Target } from '../attack.ts';
import { exchange, head, inLanes, jsonOf, upload } from '../exchange.ts';
import { Faults } from '../faults.ts';
import { type DocumentedRequest, documentedRequests, type Known } from './documented-requests.ts';
import { rawRequests } from './raw-requests.ts';
import { readAnswers } from './read-answers.ts';

const counts = { full: 20_000, short: 1000 };
const batchSize = 100;
/** Many of the bytes are no whole request, and the gateway waits for the rest. */
const widths = { documented: 16, bytes: 50 };
const patienceMs = 15_000;
/** Statuses of HTTP itself: answers to what is no request of any operation. */
const statusesOfHttp = [100, 400, 403, 405, 408, 413, 417, 421, 431];

export const fuzzHttp: Attack = {
  name: 'fuzz-http',
  holds: 'every answer is one that the served document has, and none is 500',
  seconds: { full: 1200, short: 60 },
  async run(target, signal) {
    const faults = new Faults();
    const api = readOpenApi(JSON.parse(await (await fetch(`${target.url}/openapi.json`)).text()));
    const batches = counts[target.isShort ? 'short' : 'full'] / batchSize;
    let done = 0;
    for (let batch = 0; batch < batches && !signal.aborted; batch++) {
      const seed = target.seed + batch;
      const known = await makeKnown(target);
      // Three of ten are bytes, the others requests of the document; told by the seed, so that it alone repeats a batch.
      if (seed % 10 >= 7) await sendBytes(target, api, { seed, uid: known.uid?.[0] as string, faults, signal });
      else await sendDocumented(target, api, { seed, known, faults, signal });
      done += batchSize;
    }
    if (done < batches * batchSize) faults.add(`only ${done} requests were answered in time`);
    return faults.list();
  },
};

/** A few files, links and a cursor; many requests of a batch end some of them. */
async function makeKnown(target: Target): Promise<Known> {
  const uid = await Promise.all(['a', 'b', 'c'].map((text) => upload(target, Buffer.from(text.repeat(100)))));
  const body = '{}';
  const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length, Connection: 'close' };
  const link = await exchange(target, head('POST', `/api/v1/files/${uid[0]}/links`, headers) + body);
  const { id, url } = jsonOf<{ id: string; url: string }>(link);
  const page = await exchange(target, head('GET', '/api/v1/files?limit=1', { Connection: 'close' }));
  const { next_cursor: cursor } = jsonOf<{ next_cursor: string }>(page);
  return { uid, id: [id], token: [url.split('/').at(-1) as string], ...(cursor && { cursor: [cursor] }) };
}

interface Batch {
  seed: number;
  faults: Faults;
  signal: AbortSignal;
}

async function sendDocumented(target: Target, api: OpenApi, { faults, known, seed, signal }: Batch & { known: Known }) {
  const requests = fc.sample(documentedRequests(api, known), { seed, numRuns: batchSize });
  const send = async (index: number) => {
    const sent = requests[index] as DocumentedRequest;
    const what = `${sent.operation.method.toUpperCase()} ${sent.operation.path}`;
    const example = `seed ${seed}, ${describe(sent)}`;
    try {
      const answer = await ask(target, sent);
      if (answer.status === 500) faults.add(`${what} was answered 500`, example);
      for (const complaint of await api.complaints(sent.operation, answer)) {
        faults.add(`${what}: ${complaint.replace(/[0-9a-f-]{36}/g, '{uuid}').slice(0, 300)}`, example);
      }
    } catch (error) {
      faults.add(`${what} was not answered: ${(error as Error).message}`, example);
    }
  };
  await inLanes(widths.documented, signal, send, requests.length);
}

function ask(target: Target, { body, headers, operation, path }: DocumentedRequest): Promise<Response> {
  const { from, host, port } = target;
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host,
        port,
        path,
        localAddress: from,
        agent: false,
        method: operation.method.toUpperCase(),
        headers: { ...headers, 'Content-Length': body?.length ?? 0, Connection: 'close' },
        signal: AbortSignal.timeout(patienceMs),
      },
      (answer) => {
        readResponse(answer).then(resolve, reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

async function readResponse(answer: IncomingMessage): Promise<Response> {
  const pieces: Buffer[] = [];
  for await (const piece of answer) pieces.push(piece as Buffer);
  const status = answer.statusCode as number;
  const isEmpty = status === 204 || status === 304;
  const init = { status, headers: answer.headers as Record<string, string> };
  return new Response(isEmpty ? null : Buffer.concat(pieces), init);
}

function describe({ body, headers, operation, path }: DocumentedRequest): string {
  const text = JSON.stringify({ headers, body: body?.toString('latin1').slice(0, 300) });
  return `${operation.method.toUpperCase()} ${path.slice(0, 500)} ${text.slice(0, 1000)}`;
}

async function sendBytes(target: Target, api: OpenApi, { faults, seed, signal, uid }: Batch & { uid: string }) {
  const requests = fc.sample(rawRequests(uid), { seed, numRuns: batchSize });
  const permitted = new Set([
    ...statusesOfHttp,
    ...api.operations.flatMap(({ responses }) => Object.keys(responses).map(Number)),
  ]);
  const send = async (index: number) => {
    const sent = requests[index] as Buffer;
    const { isHanging, text } = await exchange(target, sent, { ends: true });
    const example = `seed ${seed}, ${JSON.stringify(sent.toString('latin1').slice(0, 1000))}`;
    if (isHanging) faults.add('bytes were neither answered nor refused', example);
    for (const answer of readAnswers(text, sent.subarray(0, 4).toString() === 'HEAD')) {
      if (answer === 'nonsense') faults.add('bytes were answered by what is no HTTP', example);
      else if (!permitted.has(answer.status)) faults.add(`bytes were answered ${answer.status}`, example);
      else if (answer.status >= 400 && answer.body !== undefined) {
        const problem = problemOf(answer.body);
        if (answer.contentType !== 'application/problem+json' || problem?.status !== answer.status) {
          faults.add(`${answer.status} without a problem that says so`, `${example} → ${answer.body.slice(0, 200)}`);
        } else if (problem.code === 'internal') faults.add(`${answer.status} with the code internal`, example);
      }
    }
  };
  await inLanes(widths.bytes, signal, send, requests.length);
}

function problemOf(body: string): Problem | undefined {
  try {
    return Problem.strict().parse(JSON.parse(Buffer.from(body, 'latin1').toString()));
  } catch {
    return undefined;
  }
}
