import { randomUUIDv7 } from 'node:crypto';
import { type Caller, CreateRequest, type FileRequest, type NewRequest } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import type { Gateway } from '../gateway.js';
import { publicUrl } from '../http/public-url.js';
import { hashOf, newToken } from '../links/link-token.js';
import { requireTakenTypes } from './require-taken-types.js';

/** The token is made here and kept nowhere: metadata and the bus see its digest alone. Throws `invalid_request`, `unavailable`. */
export async function createRequest(
  { bus, config }: Pick<Gateway, 'bus' | 'config'>,
  caller: Caller,
  { allowed_types = [], expires_in, message = null, password = null, ...wanted }: NewRequest,
): Promise<FileRequest> {
  requireTakenTypes(config, allowed_types);
  const token = newToken();
  const request = await callRpc(bus, CreateRequest, {
    ...wanted,
    caller,
    request_id: randomUUIDv7(),
    token_hash: hashOf(token),
    message,
    allowed_types,
    expires_at: new Date(Date.now() + expires_in * 1000).toISOString(),
    password,
  });
  return { ...request, url: publicUrl(config, `/r/${token}`) };
}
