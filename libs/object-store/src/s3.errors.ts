import { AppError, systemCode } from '@wharf/service-kit';

/**
 * Anything that a request to an S3 server throws, as an AppError. What an operator can mend (credentials, bucket, clock,
 * quota, certificate) is `unavailable` and not `internal`: messages must wait for the repair, not be given up.
 */
export function toStoreError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = systemCode(error) ?? '';
  if (abandonments.has(nameOf(error))) {
    return new AppError('unavailable', 'the request to the object store was abandoned', { cause: error });
  }
  if (isConnectionTrouble(code)) {
    return new AppError('unavailable', `the object store cannot be reached (${code})`, { cause: error });
  }
  if (!code && nameOf(error) === 'S3Error') {
    return new AppError('unavailable', 'the object store gives no reason (is the address that of an S3 server?)', {
      cause: error,
    });
  }
  return refusal(code, error);
}

/** Whether a request was refused for want of a right. The answer to HEAD has no body, so that wrong keys look the same. */
export function isForbidden(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : error;
  return (
    systemCode(cause) === 'AccessDenied' ||
    /^the object store answered 403 AccessDenied$/.test(String((cause as Error | undefined)?.message))
  );
}

/** Runs requests; what they throw comes as an AppError. */
export async function attempt<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw toStoreError(error);
  }
}

/** Not by `instanceof`: errors may come from another realm. */
function nameOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : '';
}

/** The AppError for an answer that the minio client did not judge: a status outside 2xx and its body, XML or empty. */
export function errorOfAnswer(status: number, body: string): AppError {
  const code = /<Code>([^<]+)<\/Code>/.exec(body)?.[1];
  const cause = new Error(`the object store answered ${status} ${code ?? ''}`.trimEnd());
  if (code && (meanings[code] || !isServerTrouble(status))) return refusal(code, cause);
  if (isServerTrouble(status) || status === 404) return serverTrouble(status, cause);
  return refusal(codeOfStatus[status] ?? String(status), cause);
}

/** The same for an answer to HEAD: it has no body, so that 404 is the object's, or the bucket's. */
export function errorOfHead(status: number): AppError {
  const code = codeOfHead[status];
  return code ? refusal(code, new Error(`the object store answered ${status} ${code}`)) : errorOfAnswer(status, '');
}

/** 5xx, except "not implemented", and the statuses that ask for patience. */
export function isServerTrouble(status: number): boolean {
  return (status >= 500 && status !== 501) || status === 408 || status === 429 || status === 499;
}

export function serverTrouble(status: number, cause?: unknown): AppError {
  return new AppError('unavailable', `the object store is not healthy (status ${status})`, { cause });
}

type Meaning = 'missing' | 'credentials' | 'setup' | 'busy' | 'damaged' | 'range' | 'archived';

/** Codes of the S3 API (AWS "Error responses"), with those of Ceph and MinIO where they differ. */
const meanings: Record<string, Meaning | undefined> = {
  NoSuchKey: 'missing',
  NotFound: 'missing',
  AccessDenied: 'credentials',
  AllAccessDisabled: 'credentials',
  AccountProblem: 'credentials',
  AuthorizationHeaderMalformed: 'credentials',
  ExpiredToken: 'credentials',
  InvalidAccessKeyId: 'credentials',
  InvalidToken: 'credentials',
  RequestTimeTooSkewed: 'credentials',
  SignatureDoesNotMatch: 'credentials',
  UserSuspended: 'credentials',
  IllegalLocationConstraintException: 'setup',
  InvalidLocationConstraint: 'setup',
  InvalidRegion: 'setup',
  MovedPermanently: 'setup',
  NoSuchBucket: 'setup',
  PermanentRedirect: 'setup',
  QuotaExceeded: 'setup',
  TemporaryRedirect: 'setup',
  TooManyBuckets: 'setup',
  XMinioStorageFull: 'setup',
  IncompleteBody: 'busy',
  InternalError: 'busy',
  OperationAborted: 'busy',
  RequestTimeout: 'busy',
  ServiceUnavailable: 'busy',
  SlowDown: 'busy',
  TooManyRequests: 'busy',
  BadDigest: 'damaged',
  XAmzContentSHA256Mismatch: 'damaged',
  InvalidRange: 'range',
  InvalidObjectState: 'archived',
};

/** For answers without a code. A bare 404 is not among them: it is a proxy's, not a store's that misses an object. */
const codeOfStatus: Record<number, string | undefined> = {
  301: 'MovedPermanently',
  307: 'TemporaryRedirect',
  403: 'AccessDenied',
  416: 'InvalidRange',
};

const codeOfHead: Record<number, string | undefined> = { 403: 'AccessDenied', 404: 'NotFound' };

function refusal(code: string, cause: unknown): AppError {
  switch (meanings[code]) {
    case 'missing':
      return new AppError('file_not_found', 'there is no such object', { cause });
    case 'credentials':
      return new AppError('unavailable', `the object store refuses the configured credentials (${code})`, { cause });
    case 'setup':
      return new AppError('unavailable', `the object store is not set up for this service (${code})`, { cause });
    case 'busy':
      return new AppError('unavailable', `the object store is not healthy (${code})`, { cause });
    case 'damaged':
      return new AppError('digest_mismatch', `the object store received other bytes (${code})`, { cause });
    case 'range':
      return new AppError('range_not_satisfiable', 'the object does not reach to the start of the range', { cause });
    case 'archived':
      return new AppError(
        'object_archived',
        'the object is archived in the object store, and has to be restored there',
        {
          cause,
        },
      );
    default:
      return new AppError('internal', `unexpected answer of the object store (${code || 'no code'})`, { cause });
  }
}

const abandonments = new Set(['AbortError', 'TimeoutError', 'RequestAbortedError']);

const connectionCodes = new Set(
  `ECONNREFUSED ECONNRESET ECONNABORTED EPIPE ETIMEDOUT EHOSTUNREACH EHOSTDOWN ENETUNREACH ENETDOWN EADDRNOTAVAIL
   ENOTFOUND EAI_AGAIN EPROTO ABORT_ERR ERR_STREAM_PREMATURE_CLOSE DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN`.split(
    /\s+/,
  ),
);

/** Sockets, names, certificates, and answers that are not HTTP. */
function isConnectionTrouble(code: string): boolean {
  return connectionCodes.has(code) || /^(UND_ERR_|HPE_|CERT_|UNABLE_TO_|ERR_TLS_|ERR_SSL_)/.test(code);
}
