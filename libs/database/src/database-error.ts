import { AppError, systemCode } from '@wharf/service-kit';

/**
 * SQLSTATEs (PostgreSQL, appendix A) that tell of the server and not of the statement. By prefix: connection exceptions,
 * insufficient resources (no disk, no memory, too many connections).
 */
const awayPrefixes = ['08', '53'];
const awayCodes = new Set([
  '57014', // statement timeout
  '57P01', // admin shutdown
  '57P02', // crash shutdown
  '57P03', // cannot connect now: starting up or shutting down
  '57P05', // idle session timeout
  '25P03', // idle in transaction timeout
  '25P04', // transaction timeout
  '40001', // serialization failure, again and again
  '40P01', // deadlock, again and again
  '55P03', // lock timeout
  '25006', // read only: a standby that is not promoted yet
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** The driver gives these no code: a lost connection, the pool's timeout, a connection that broke before. */
const awayMessage =
  /^Connection terminated|^timeout exceeded when trying to connect|^Client has encountered a connection error/;

/** Of SASL the driver tells without a code, before it asks the server: a password that is missing or empty. */
const loginMessage = /^SASL: |password must be a/;
const loginCodes = new Map([
  ['28P01', 'PostgreSQL refuses the user or the password of DATABASE_URL'],
  ['28000', 'PostgreSQL lets the user of DATABASE_URL not in from here (pg_hba.conf)'],
  ['3D000', 'PostgreSQL has no database of the name in DATABASE_URL'],
]);

/** Data exceptions, such as a zero character within JSON. */
const dataExceptionPrefix = '22';
/** Protocol violation: what a zero character within text leads to, since statements end with one on the wire. */
const protocolViolation = '08P01';

/**
 * What the driver throws, as the rest of the service knows it: `unavailable` while PostgreSQL is away or hangs,
 * `invalid_request` for a value that it cannot hold. Anything else stays as it is, and is `internal` at the edge.
 */
export function toDatabaseError(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const code = systemCode(error);
  if (code?.startsWith(dataExceptionPrefix) || code === protocolViolation) {
    return new AppError('invalid_request', 'a value that the database cannot hold', { cause: error });
  }
  const refusal = refusedLogin(error);
  if (refusal) return new AppError('unavailable', refusal, { cause: error });
  if (isAway(error)) return new AppError('unavailable', 'the database is not available', { cause: error });
  return error;
}

/** What is wrong with DATABASE_URL, in words, where that is why there is no connection. */
export function refusedLogin(error: unknown): string | undefined {
  const driverError = error instanceof AppError ? error.cause : error;
  const text = loginCodes.get(systemCode(driverError) ?? '');
  if (text) return text;
  return loginMessage.test(messageOf(driverError))
    ? 'PostgreSQL asks for a password, and DATABASE_URL has none'
    : undefined;
}

function isAway(error: unknown): boolean {
  const code = systemCode(error);
  if (code !== undefined && (awayCodes.has(code) || awayPrefixes.some((prefix) => code.startsWith(prefix))))
    return true;
  return awayMessage.test(messageOf(error));
}

// Not by `instanceof Error`: errors may come from another realm.
function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';
}
