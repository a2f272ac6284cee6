import { expect, test } from '@jest/globals';
import { requirePlainBytes } from './require-plain-bytes.js';

test.each([
  {},
  { 'content-encoding': 'identity' },
  { 'content-encoding': 'Identity , identity' },
  { 'content-encoding': '' },
  { 'content-transfer-encoding': 'binary' },
  { 'content-transfer-encoding': '8BIT' },
  { 'content-transfer-encoding': '7bit' },
])('%j says nothing else than the bytes', (headers) => {
  expect(() => requirePlainBytes(headers)).not.toThrow();
});

test.each([
  ['invalid_request', 'Content-Range', { 'content-range': 'bytes 100-199/200' }],
  ['invalid_request', 'Content-Range', { 'content-range': 'bytes 0-199/200' }],
  ['invalid_request', 'Content-Range', { 'content-range': 'bytes */200' }],
  ['invalid_request', 'Content-Range', { 'content-range': '' }],
  ['invalid_request', 'Content-Transfer-Encoding', { 'content-transfer-encoding': 'base64' }],
  ['invalid_request', 'Content-Transfer-Encoding', { 'content-transfer-encoding': 'BASE64' }],
  ['invalid_request', 'Content-Transfer-Encoding', { 'content-transfer-encoding': 'quoted-printable' }],
  ['invalid_request', 'Content-Transfer-Encoding', { 'content-transfer-encoding': 'x-uuencode' }],
  ['invalid_request', 'Content-Transfer-Encoding', { 'content-transfer-encoding': 'binary, base64' }],
  ['unsupported_encoding', undefined, { 'content-encoding': 'gzip' }],
  ['unsupported_encoding', undefined, { 'content-encoding': 'GZIP' }],
  ['unsupported_encoding', undefined, { 'content-encoding': 'x-gzip' }],
  ['unsupported_encoding', undefined, { 'content-encoding': 'br' }],
  ['unsupported_encoding', undefined, { 'content-encoding': 'zstd' }],
  ['unsupported_encoding', undefined, { 'content-encoding': 'aws-chunked' }],
  ['unsupported_encoding', undefined, { 'content-encoding': 'identity, deflate' }],
])('%s of %s: %j', (code, path, headers) => {
  const fields = path === undefined ? [] : [expect.objectContaining({ path })];
  expect(() => requirePlainBytes(headers)).toThrow(expect.objectContaining({ code, fields }));
});
