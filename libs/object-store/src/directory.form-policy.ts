import { createHmac, timingSafeEqual } from 'node:crypto';
import { AppError } from '@wharf/service-kit';
import { z } from 'zod';
import type { DirectUpload } from './direct-uploads.js';

/** As S3 writes it (AWS, "POST policy"), and with the conditions alone that are made here. */
const Policy = z.strictObject({
  expiration: z.iso.datetime(),
  conditions: z.tuple([
    z.tuple([z.literal('eq'), z.literal('$key'), z.string()]),
    z.tuple([z.literal('eq'), z.literal('$Content-Type'), z.string()]),
    z.tuple([z.literal('content-length-range'), z.literal(0), z.int().nonnegative()]),
  ]),
});

/** In lower case, as names of form fields are compared. */
const fieldNames = ['key', 'content-type', 'policy', 'x-amz-signature'];

/** The fields of a form that carries its own permission. */
export function signForm({ contentType, expiresAt, key, maxBytes }: DirectUpload, secret: Buffer) {
  const policy = encode({
    expiration: expiresAt.toISOString(),
    conditions: [
      ['eq', '$key', key],
      ['eq', '$Content-Type', contentType],
      ['content-length-range', 0, maxBytes],
    ],
  });
  return { key, 'Content-Type': contentType, policy, 'x-amz-signature': signatureOf(policy, secret).toString('hex') };
}

/**
 * What a form is permitted to send. Every field that comes has to be one of the policy's, with its value. Throws `invalid_request` for a missing
 * field, `forbidden` for everything that was not permitted.
 */
export function judgeForm(sent: Readonly<Record<string, string>>, secret: Buffer, now: Date): DirectUpload {
  const fields = new Map(Object.entries(sent).map(([name, value]) => [name.toLowerCase(), value]));
  for (const name of fieldNames) {
    if (!fields.has(name)) throw new AppError('invalid_request', `the form has no field ${name} before the file`);
  }
  for (const name of fields.keys()) {
    if (!fieldNames.includes(name)) throw new AppError('forbidden', `the policy knows no field ${name}`);
  }
  const text = fields.get('policy') ?? '';
  requireSignature(text, fields.get('x-amz-signature') ?? '', secret);
  const { conditions, expiration } = decode(text);
  const [[, , key], [, , contentType], [, , maxBytes]] = conditions;
  const expiresAt = new Date(expiration);
  if (expiresAt <= now) throw new AppError('forbidden', 'the policy has expired');
  if (fields.get('key') !== key) throw new AppError('forbidden', 'the policy is for another key');
  if (fields.get('content-type') !== contentType) throw new AppError('forbidden', 'the policy is for another type');
  return { key, contentType, maxBytes, expiresAt };
}

function requireSignature(policy: string, signature: string, secret: Buffer): void {
  const sent = Buffer.from(signature, 'hex');
  const expected = signatureOf(policy, secret);
  if (sent.length === expected.length && timingSafeEqual(sent, expected)) return;
  throw new AppError('forbidden', 'the signature is not the one of the policy');
}

function signatureOf(policy: string, secret: Buffer): Buffer {
  return createHmac('sha256', secret).update(policy).digest();
}

function encode(policy: z.infer<typeof Policy>): string {
  return Buffer.from(JSON.stringify(policy)).toString('base64');
}

/** Only of a text that we signed. */
function decode(text: string): z.infer<typeof Policy> {
  return Policy.parse(JSON.parse(Buffer.from(text, 'base64').toString()));
}
