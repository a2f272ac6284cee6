import { describe, expect, test } from '@jest/globals';
import { AppError } from '@wharf/service-kit';
import { errorOfAnswer, toStoreError } from './s3.errors.js';

const coded = (code: string) => Object.assign(new Error('driver'), { code });

describe('errors of the driver', () => {
  test.each([
    ['NoSuchKey', 'file_not_found'],
    ['NotFound', 'file_not_found'],
    ['NoSuchBucket', 'unavailable'],
    ['InvalidAccessKeyId', 'unavailable'],
    ['SignatureDoesNotMatch', 'unavailable'],
    ['AccessDenied', 'unavailable'],
    ['QuotaExceeded', 'unavailable'],
    ['SlowDown', 'unavailable'],
    ['ECONNREFUSED', 'unavailable'],
    ['ECONNRESET', 'unavailable'],
    ['EAI_AGAIN', 'unavailable'],
    ['UND_ERR_CONNECT_TIMEOUT', 'unavailable'],
    ['UND_ERR_SOCKET', 'unavailable'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'unavailable'],
    ['BadDigest', 'digest_mismatch'],
    ['InvalidRange', 'range_not_satisfiable'],
    ['EntityTooLarge', 'internal'],
    ['EIO', 'internal'],
  ])('%s is %s', (code, expected) => {
    const cause = coded(code);
    expect(toStoreError(cause)).toMatchObject({ code: expected, cause });
  });

  test('the credentials are named as the reason', () => {
    expect(toStoreError(coded('InvalidAccessKeyId')).message).toContain('credentials (InvalidAccessKeyId)');
  });

  test('an abandoned request is unavailable', () => {
    expect(toStoreError(new DOMException('stop', 'AbortError')).code).toBe('unavailable');
    expect(toStoreError(new DOMException('late', 'TimeoutError')).code).toBe('unavailable');
  });

  test('what is judged already stays', () => {
    const error = new AppError('digest_mismatch', 'part 3 arrived changed');
    expect(toStoreError(error)).toBe(error);
  });

  test('what is not an error of the driver is internal', () => {
    expect(toStoreError('text').code).toBe('internal');
    expect(toStoreError(new TypeError('bug')).code).toBe('internal');
  });
});

describe('answers over HTTP', () => {
  const xml = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code><Message>m</Message></Error>`;

  test.each([
    [404, xml('NoSuchKey'), 'file_not_found'],
    [404, xml('NoSuchBucket'), 'unavailable'],
    [404, xml('NoSuchUpload'), 'internal'],
    [404, '', 'unavailable'],
    [404, '<html>Not found</html>', 'unavailable'],
    [403, '', 'unavailable'],
    [403, xml('SignatureDoesNotMatch'), 'unavailable'],
    [400, xml('RequestTimeout'), 'unavailable'],
    [400, xml('InvalidArgument'), 'internal'],
    [416, '', 'range_not_satisfiable'],
    [429, '', 'unavailable'],
    [500, xml('SomethingNew'), 'unavailable'],
    [502, '<html>Bad gateway</html>', 'unavailable'],
    [503, xml('SlowDown'), 'unavailable'],
    [501, '', 'internal'],
  ])('%d %s is %s', (status, body, expected) => {
    expect(errorOfAnswer(status, body).code).toBe(expected);
  });
});
