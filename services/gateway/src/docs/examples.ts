import { createHash } from 'node:crypto';

/** A file that the examples of all operations speak of. */
export const exampleUid = '01936f2e-8a3b-7c4d-9e5f-0123456789ab';
export const exampleText = 'Hello, harbour!\n';
export const exampleSha256 = createHash('sha256').update(exampleText).digest('hex');
export const exampleMd5 = createHash('md5').update(exampleText).digest('base64');
/** As RFC 9530 writes it. */
export const exampleDigest = `sha-256=:${Buffer.from(exampleSha256, 'hex').toString('base64')}:`;
export const exampleTime = '2026-01-31T12:00:00.000Z';
export const exampleHttpTime = new Date(exampleTime).toUTCString();
export const exampleFutureTime = '2099-12-31T23:59:59.000Z';
/** Of a file request. */
export const exampleRequestId = '0193a1f2-6b7c-7d8e-9f01-23456789abcd';
