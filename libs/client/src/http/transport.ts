import type { Credentials } from '../credentials.js';
import { errorOf, unreachable } from '../wharf-error.js';
import { retry } from './retry.js';

type QueryValue = string | number | boolean | null | undefined;
export type Query = Readonly<Record<string, QueryValue>>;

export interface RequestOptions {
  query?: Query | undefined;
  /** Becomes the body. */
  json?: unknown;
  headers?: Record<string, string> | undefined;
  signal?: AbortSignal | undefined;
  /** Safe and idempotent requests are made again unless told. */
  isRepeatable?: boolean;
  /** Of requests that are about credentials themselves. */
  withoutCredentials?: boolean;
}

export interface TransportOptions {
  /** Of the gateway, without a path behind its own. */
  url: string;
  fetch: typeof fetch;
  patienceMs: number;
}

/** Nobody waits long for an address that has never answered: it may be a wrong one. */
const firstPatienceMs = 1_000;
const repeatable = ['GET', 'HEAD', 'DELETE'];

/** Requests to one gateway, with the credentials of a caller. */
export class Transport {
  /** Of the API, with a slash at its end. */
  readonly api: string;
  private hasAnswered = false;

  constructor(
    private readonly options: TransportOptions,
    readonly credentials: Credentials,
  ) {
    const { url } = options;
    this.api = new URL('api/v1/', url.endsWith('/') ? url : `${url}/`).href;
  }

  /** How long something is tried again that makes no progress. */
  patienceMs = (): number => {
    const { patienceMs } = this.options;
    return this.hasAnswered ? patienceMs : Math.min(firstPatienceMs, patienceMs);
  };

  /** The address of something of the API, or, with a slash in front, of the gateway. */
  addressOf(path: string, query: Query = {}): string {
    const url = new URL(path, this.api);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== null) url.searchParams.append(name, String(value));
    }
    return url.href;
  }

  /** An answer that is no refusal. Throws WharfError. */
  request(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
    const { isRepeatable = repeatable.includes(method), signal } = options;
    const attempt = () => this.withRenewal(() => this.send(method, path, options), options);
    return isRepeatable ? retry({ patienceMs: this.patienceMs, signal }, attempt) : attempt();
  }

  async json<Body>(method: string, path: string, options: RequestOptions = {}): Promise<Body> {
    const answer = await this.request(method, path, options);
    try {
      return (await answer.json()) as Body;
    } catch (error) {
      options.signal?.throwIfAborted();
      throw unreachable(this.api, error);
    }
  }

  /** Once more with renewed credentials, where those of the first try are refused. */
  async withRenewal<Result>(
    attempt: () => Promise<Result>,
    { withoutCredentials = false }: Pick<RequestOptions, 'withoutCredentials'> = {},
  ): Promise<Result> {
    try {
      return await attempt();
    } catch (error) {
      const isRefused = (error as { code?: unknown }).code === 'unauthenticated';
      if (withoutCredentials || !isRefused || !(await this.credentials.renew())) throw error;
      return attempt();
    }
  }

  /** Something has answered at this address. */
  noteAnswer(): void {
    this.hasAnswered = true;
  }

  private async send(method: string, path: string, options: RequestOptions): Promise<Response> {
    const { headers = {}, json, query, signal, withoutCredentials = false } = options;
    const shown = withoutCredentials ? {} : await this.credentials.headers();
    const address = this.addressOf(path, query);
    let answer: Response;
    try {
      answer = await this.options.fetch(address, {
        method,
        headers: { ...shown, ...(json !== undefined && { 'Content-Type': 'application/json' }), ...headers },
        ...(json !== undefined && { body: JSON.stringify(json) }),
        ...(signal && { signal }),
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw unreachable(address, error);
    }
    this.noteAnswer();
    if (answer.ok || answer.status === 304) return answer;
    const text = await answer.text().catch(() => '');
    throw errorOf({ status: answer.status, body: text, header: (name) => answer.headers.get(name) });
  }
}
