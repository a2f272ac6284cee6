import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { type Quota, ReadTrust, type Scope, type SigningKey } from '@wharf/contracts';
import type { Bus } from '@wharf/messaging';
import { answerRpc } from './answer-rpc.js';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const { x = '' } = publicKey.export({ format: 'jwk' });
const published: SigningKey = { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid: randomUUID(), x };

/** Gateways that know callers by their tokens, and let each of them do as much as it likes but for its quota. */
export const knowsCallers = { AUTH: 'required', RATE_LIMIT: 'none' };

/** Tells gateways by which key the tokens of `headersOf` are signed. */
export function publishKey(bus: Bus): { unsubscribe(): void } {
  return answerRpc(bus, ReadTrust, () => ({ keys: [published], revoked: [] }));
}

/** What users have, and nothing that concerns the files of others. */
const ownScopes: Scope[] = ['files:create', 'files:read', 'files:write'];

/** The headers of a request in an owner's name, with the quota that the accounts service would tell of it. */
export function headersOf(
  owner: string,
  { quota, scopes = ownScopes }: { quota?: Quota; scopes?: readonly Scope[] } = {},
): Record<string, string> {
  const now = Math.floor(Date.now() / 1000);
  const header = { alg: published.alg, kid: published.kid, typ: 'at+jwt' };
  const times = { iat: now, exp: now + 600 };
  const ids = { iss: 'wharf', aud: 'wharf', sub: owner, sid: randomUUID(), jti: randomUUID() };
  const claims = { ...ids, ...times, scope: scopes.join(' '), ...(quota && { quota }) };
  const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return { Authorization: `Bearer ${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}` };
}
