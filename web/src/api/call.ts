import { ApiError, errorOf } from './api-error.ts';
import { renewSession } from './renew-session.ts';

export interface Call {
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

const base = '/api/v1';

/** A request of the API, and its answer as JSON. A session that has run out is renewed once on the way. Throws ApiError. */
export async function call<Answer>(method: string, path: string, options: Call = {}): Promise<Answer> {
  const answer = await send(method, base + path + queryText(options.query), options);
  const text = await answer.text();
  return (text === '' ? undefined : JSON.parse(text)) as Answer;
}

/** The same, for what is no JSON, and for addresses beside the API. */
export async function send(method: string, address: string, options: Call = {}): Promise<Response> {
  const first = await attempt(method, address, options);
  const answer = first.status === 401 && (await renewSession()) ? await attempt(method, address, options) : first;
  if (answer.ok) return answer;
  throw errorOf(answer.status, await answer.text(), answer.headers.get('Retry-After'));
}

async function attempt(method: string, address: string, { body, headers, signal }: Call): Promise<Response> {
  try {
    return await fetch(address, {
      method,
      headers: {
        Accept: 'application/json',
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError('unreachable');
  }
}

function queryText(query: Call['query'] = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === '' ? '' : `?${text}`;
}
