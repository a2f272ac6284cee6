import { createHash, randomBytes } from 'node:crypto';
import { type Caller, CreateApiKey, type CreatedApiKey, type NewApiKey } from '@wharf/contracts';
import { type Bus, callRpc } from '@wharf/messaging';
import { AppError } from '@wharf/service-kit';

const secretBytes = 32;
const idLength = 16;
const idAlphabet = '0123456789abcdefghijklmnopqrstuvwxyz';

/**
 * Makes an API key. Its secret is made here, shown once and kept nowhere: the bus and the accounts service see its digest alone. Throws
 * `forbidden` for a scope that the caller itself does not have, and what the contract names.
 */
export async function createKey(
  bus: Bus,
  caller: Caller,
  { expires_in, name, scopes }: NewApiKey,
): Promise<CreatedApiKey> {
  const missing = scopes.find((scope) => !caller.scopes.includes(scope));
  if (missing) throw new AppError('forbidden', `a key cannot have the scope ${missing}, which its owner does not have`);
  const secret = randomBytes(secretBytes).toString('base64url');
  const key = await callRpc(bus, CreateApiKey, {
    caller,
    key_id: newKeyId(),
    secret_hash: createHash('sha256').update(secret).digest('hex'),
    name,
    scopes,
    expires_at: expires_in ? new Date(Date.now() + expires_in * 1000).toISOString() : null,
  });
  return { ...key, key: `wharf_${key.id}_${secret}` };
}

/** No secret: that some characters come a little more often does not matter. */
function newKeyId(): string {
  return Array.from(randomBytes(idLength), (byte) => idAlphabet.charAt(byte % idAlphabet.length)).join('');
}
