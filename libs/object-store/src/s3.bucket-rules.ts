import { hash } from 'node:crypto';
import type { S3Connection } from './s3.connection.js';
import { attempt, errorOfAnswer } from './s3.errors.js';
import { signedRequest } from './s3.signed-request.js';
import { elementsOf } from './s3.xml.js';

/** How a bucket serves clients that send and read without a gateway in between. */
export interface BucketRules {
  /** Origins whose pages may send forms and parts, and read; none for no rule. */
  corsOrigins: readonly string[];
  /** Days after which the store removes what was sent and not confirmed; undefined for never. */
  expiryDays: number | undefined;
  /** Whether anybody may read the files of the bucket, as a CDN without credentials needs it. */
  isPublic: boolean;
}

const unfinishedDays = 7;
/** Begins the names of our own rules: those of others are left in place. */
const ownRules = 'wharf-';
/** Without any rule a bucket answers these. */
const nothingThere = ['NoSuchCORSConfiguration', 'NoSuchLifecycleConfiguration', 'NoSuchBucketPolicy'];

/** Idempotent. Rules and statements of others stay as they are. */
export async function setBucketRules(connection: S3Connection, rules: BucketRules): Promise<void> {
  await attempt(async () => {
    await replaceOwn(connection, 'cors', { root: 'CORSConfiguration', rule: 'CORSRule' }, corsRules(rules));
    await replaceOwn(connection, 'lifecycle', { root: 'LifecycleConfiguration', rule: 'Rule' }, lifecycleRules(rules));
    await setPolicy(connection, rules.isPublic);
  });
}

function corsRules({ corsOrigins }: BucketRules): string[] {
  if (corsOrigins.length === 0) return [];
  const origins = corsOrigins.map((origin) => `<AllowedOrigin>${escapeXml(origin)}</AllowedOrigin>`).join('');
  const methods = ['GET', 'HEAD', 'POST', 'PUT'].map((method) => `<AllowedMethod>${method}</AllowedMethod>`).join('');
  const rest = '<AllowedHeader>*</AllowedHeader><MaxAgeSeconds>3600</MaxAgeSeconds><ExposeHeader>ETag</ExposeHeader>';
  return [`<CORSRule><ID>${ownRules}pages</ID>${origins}${methods}${rest}</CORSRule>`];
}

function lifecycleRules({ expiryDays }: BucketRules): string[] {
  const rule = (name: string, prefix: string, action: string) =>
    `<Rule><ID>${ownRules}${name}</ID><Filter><Prefix>${prefix}</Prefix></Filter><Status>Enabled</Status>${action}</Rule>`;
  const abort = `<AbortIncompleteMultipartUpload><DaysAfterInitiation>${unfinishedDays}</DaysAfterInitiation></AbortIncompleteMultipartUpload>`;
  const expiry = `<Expiration><Days>${expiryDays}</Days></Expiration>`;
  return [rule('unfinished', '', abort), ...(expiryDays === undefined ? [] : [rule('pending', 'pending/', expiry)])];
}

async function replaceOwn(
  connection: S3Connection,
  part: string,
  names: { root: string; rule: string },
  own: string[],
): Promise<void> {
  const there = (await ask(connection, 'GET', part)) ?? '';
  const foreign = elementsOf(there, names.rule)
    .filter((rule) => !rule.includes(`<ID>${ownRules}`))
    .map((rule) => `<${names.rule}>${rule}</${names.rule}>`);
  const wanted = [...foreign, ...own];
  if (wanted.length === 0) return void (await ask(connection, 'DELETE', part));
  await ask(connection, 'PUT', part, `<${names.root}>${wanted.join('')}</${names.root}>`);
}

/** Of the files, and not of what was sent and is not judged yet. */
async function setPolicy(connection: S3Connection, isPublic: boolean): Promise<void> {
  const there = await ask(connection, 'GET', 'policy');
  const own = {
    Sid: `${ownRules}public-read`.replaceAll('-', ''),
    Effect: 'Allow',
    Principal: { AWS: ['*'] },
    Action: ['s3:GetObject'],
    Resource: [`arn:aws:s3:::${connection.bucket}/files/*`],
  };
  const policy = there ? JSON.parse(there) : { Version: '2012-10-17', Statement: [] };
  const foreign = [policy.Statement].flat().filter((statement: { Sid?: string }) => statement.Sid !== own.Sid);
  const wanted = isPublic ? [...foreign, own] : foreign;
  if (wanted.length > 0) await ask(connection, 'PUT', 'policy', JSON.stringify({ ...policy, Statement: wanted }));
  else if (there) await ask(connection, 'DELETE', 'policy');
}

/** What is there; undefined for nothing. */
async function ask(
  connection: S3Connection,
  method: 'GET' | 'PUT' | 'DELETE',
  part: string,
  text?: string,
): Promise<string | undefined> {
  const body = text === undefined ? undefined : Buffer.from(text);
  const answer = await signedRequest(connection, {
    method,
    key: '',
    query: { [part]: '' },
    ...(body && { body, headers: digestsOf(body) }),
  });
  if (answer.status < 300) return answer.text;
  if (nothingThere.some((code) => answer.text.includes(code))) return undefined;
  throw errorOfAnswer(answer.status, answer.text);
}

/** Servers insist on the one or the other. */
function digestsOf(body: Buffer): Record<string, string> {
  return { 'Content-MD5': hash('md5', body, 'base64'), 'x-amz-content-sha256': hash('sha256', body) };
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
