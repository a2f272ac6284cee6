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

const loginCodes = new Map([
  ['28P01', 'PostgreSQL refuses the user or the password of DATABASE_URL'],
  ['28000', 'PostgreSQL lets the user of DATABASE_URL not in from here (pg_hba.conf)'],
  ['3D000', 'PostgreSQL has no database of the name in DATABASE_URL'],
]);

const otherHost = 'the certificate of PostgreSQL is not for the host in DATABASE_URL';
const notTrusted = 'the certificate of PostgreSQL is by nobody whom this service trusts (sslrootcert in DATABASE_URL)';
/** Of Node's TLS; the others are OpenSSL's results of verification (X509_V_ERR), which Node passes on. */
const certificateCodes = new Map([
  ['ERR_TLS_CERT_ALTNAME_INVALID', otherHost],
  ['HOSTNAME_MISMATCH', otherHost],
  ['CERT_HAS_EXPIRED', 'the certificate of PostgreSQL has expired'],
  ['CERT_NOT_YET_VALID', 'the certificate of PostgreSQL is not valid yet'],
  ['CERT_REVOKED', 'the certificate of PostgreSQL was revoked'],
  ['CERT_UNTRUSTED', notTrusted],
  ['CERT_SIGNATURE_FAILURE', notTrusted],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', notTrusted],
  ['SELF_SIGNED_CERT_IN_CHAIN', notTrusted],
  ['UNABLE_TO_GET_ISSUER_CERT', notTrusted],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', notTrusted],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', notTrusted],
]);

/** Of these the driver tells without a code, before it asks the server. */
const loginMessages: [RegExp, string][] = [
  [/^SASL: |password must be a/, 'PostgreSQL asks for a password, and DATABASE_URL has none'],
  [/^The server does not support SSL/, 'PostgreSQL has no TLS, and DATABASE_URL asks for it (sslmode)'],
];

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

/** Why there is no connection, in words, where only a change by hand helps: of DATABASE_URL, or of the server's certificate. */
export function refusedLogin(error: unknown): string | undefined {
  const driverError = error instanceof AppError ? error.cause : error;
  const code = systemCode(driverError) ?? '';
  const message = messageOf(driverError);
  return (
    loginCodes.get(code) ?? certificateCodes.get(code) ?? loginMessages.find(([pattern]) => pattern.test(message))?.[1]
  );
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
