import { setTimeout as delay } from 'node:timers/promises';
import { newUid } from '@wharf/test-kit';
import type { Body } from '../client.ts';
import type { Owner } from './owner.ts';
import type { Witness } from './witness.ts';

const patienceMs = 30_000;
/** Of what is answered 503 on a machine that is busy with other things. */
const mostTries = 20;
const restMs = 250;

export interface Question {
  method: string;
  /** Behind `/api/v1`. */
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer | FormData;
  /** What a form says, since it cannot be read back. */
  formText?: string;
}

export interface AskOptions {
  /** Those of the owner unless told. */
  credentials?: Record<string, string>;
  /** Somebody whose file the caller may read here. */
  host?: Owner;
}

export interface Answer {
  status: number;
  headers: Headers;
  bytes: Buffer;
  json<Body>(): Body;
}

/** Asks gateways in somebody's name, as patiently as clients are told to, and lets the witness see every answer. */
export class Asking {
  private readonly urls: readonly string[];
  readonly witness: Witness;

  constructor(urls: readonly string[], witness: Witness) {
    this.urls = urls;
    this.witness = witness;
  }

  async ask(who: Owner | undefined, url: number, question: Question, options: AskOptions = {}): Promise<Answer> {
    for (let tries = 1; ; tries++) {
      const answer = await this.askOnce(who, url, question, options);
      if (answer.status !== 503 || tries === mostTries) return answer;
      await delay(restMs);
    }
  }

  private async askOnce(
    who: Owner | undefined,
    url: number,
    question: Question,
    { credentials = who?.headers ?? {}, host }: AskOptions,
  ): Promise<Answer> {
    const { body, formText, headers = {}, method, path } = question;
    const response = await fetch(`${this.urls[url]}/api/v1${path}`, {
      method,
      headers: { ...headers, ...credentials },
      redirect: 'manual',
      signal: AbortSignal.timeout(patienceMs),
      ...(body !== undefined && { body: (Buffer.isBuffer(body) ? new Uint8Array(body) : body) as Body }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const said = `${method} ${decodeURIComponent(path)} ${JSON.stringify(headers)} ${formText ?? (body instanceof FormData ? '' : (body ?? ''))}`;
    const answered = `${response.status} ${JSON.stringify([...response.headers])} ${bytes.toString('utf8')}`;
    this.witness.look({ who, said, answered, host });
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      json: <Body>() => JSON.parse(bytes.toString()) as Body,
    };
  }

  /** The uid of somebody else and one that never was are answered alike: by status, headers and body. Gives back the status. */
  async askAsOfNothing(
    who: Owner | undefined,
    url: number,
    {
      credentials,
      question,
      uid,
    }: { credentials: Record<string, string>; question(uid: string): Question; uid: string },
  ): Promise<number> {
    const never = newUid();
    const [of, ofNothing] = await Promise.all([
      this.ask(who, url, question(uid), { credentials }),
      this.ask(who, url, question(never), { credentials }),
    ]);
    const [shown, expected] = [withoutNames(of, uid), withoutNames(ofNothing, never)];
    if (shown !== expected) {
      const { method, path } = question(uid);
      this.witness.fault(`${who?.marker ?? 'nobody'}: ${method} ${path} was answered ${shown}, and not ${expected}`);
    }
    return of.status;
  }
}

function withoutNames({ bytes, headers, status }: Answer, uid: string): string {
  const shown = [...headers].filter(([name]) => name !== 'date' && name !== 'x-request-id');
  const body = bytes.toString().replace(/"request_id":"[^"]*"/, '');
  return `${status} ${JSON.stringify(shown)} ${body}`.replaceAll(uid, 'UID');
}
