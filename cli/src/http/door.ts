import { type ErrorCode, isErrorCode } from '@wharf/contracts';
import { AppError, type Environment, loadConfig } from '@wharf/service-kit';
import { httpSettings } from './settings.js';

/** A gateway, and what is shown there. */
export interface Door {
  /** Of files, and of nothing else. */
  files: string;
  headers: Record<string, string>;
}

/** The token is no option of a command: the list of processes would show it. */
export function doorOf(environment: Environment): Door {
  const { token, url } = loadConfig(httpSettings, environment);
  return {
    files: new URL('api/v1/files', url.endsWith('/') ? url : `${url}/`).href,
    headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
  };
}

/** Reads something. Throws `unavailable`, and what the gateway refuses with. */
export async function read({ files, headers }: Door, path: string): Promise<Response> {
  let answer: Response;
  try {
    // A redirect to the object store, which is another origin, gets no token: `fetch` drops it.
    answer = await fetch(files + path, { headers: { ...headers, 'Accept-Encoding': 'identity' } });
  } catch (error) {
    throw notReached(files, error);
  }
  if (!answer.ok) throw refusalOf({ status: answer.status, body: await answer.text(), headers });
  return answer;
}

export function notReached(files: string, error: unknown): AppError {
  const { cause = error } = error as { cause?: unknown };
  const reason = cause instanceof Error ? cause.message || String((cause as { code?: string }).code) : String(cause);
  return new AppError('unavailable', `${new URL(files).origin} cannot be reached: ${reason}`, { cause: error });
}

interface Refusal {
  status: number;
  body: string;
  /** Of the request. */
  headers: Record<string, string>;
}

/** A problem (RFC 9457) in one line; whatever else stands between may answer with a page. */
export function refusalOf({ body, headers, status }: Refusal): AppError {
  const { code, detail, errors = [] } = parseProblem(body);
  const known = isErrorCode(code) ? code : codeOf(status);
  const fields = errors.map((each) => `; ${each.path}: ${each.message}`).join('');
  const hint = status === 401 && !('Authorization' in headers) ? '; set WHARF_TOKEN to an API key' : '';
  return new AppError(
    known,
    `${detail ?? 'the gateway refuses it'} (${status} ${code ?? 'without a reason'})${fields}${hint}`,
  );
}

interface Problem {
  code?: string;
  detail?: string;
  errors?: { path: string; message: string }[];
}

function parseProblem(body: string): Problem {
  try {
    return { ...JSON.parse(body) };
  } catch {
    return {};
  }
}

function codeOf(status: number): ErrorCode {
  return status >= 502 && status <= 504 ? 'unavailable' : 'internal';
}
