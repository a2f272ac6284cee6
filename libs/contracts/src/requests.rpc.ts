import { z } from 'zod';
import { Caller, OwnerId } from './caller.js';
import { defineRpc } from './contract.js';
import { FileRequest, RequestLimits, RequestMessage, RequestPassword, RequestTitle } from './requests.rest.js';
import { Sha256, Timestamp } from './values.js';

/** As the owner's calls find it; `url` is known where it was made alone. */
export const KeptRequest = FileRequest.omit({ url: true });
export type KeptRequest = z.infer<typeof KeptRequest>;

/** SHA-256 of a request's token, in hex: the token itself is known to nobody but those who have the address. */
const TokenHash = Sha256;

/** Again under the same id it changes nothing. Errors: `conflict` (the id is another request's), `unavailable`. */
export const CreateRequest = defineRpc(
  'metadata.files.create_request',
  z.object({
    caller: Caller,
    request_id: z.uuid(),
    token_hash: TokenHash,
    title: RequestTitle,
    message: RequestMessage.nullable(),
    ...RequestLimits.shape,
    expires_at: Timestamp,
    password: RequestPassword.nullable(),
  }),
  KeptRequest,
);

/** The caller's requests, or all with the scope `files:all`, the newest first. `cursor` is the reply's `next_cursor` of the page before. Errors: `unavailable`. */
export const ListRequests = defineRpc(
  'metadata.files.list_requests',
  z.object({ caller: Caller, limit: z.int().min(1).max(200), cursor: z.uuid().nullable() }),
  z.object({ requests: z.array(KeptRequest), next_cursor: z.uuid().nullable() }),
);

/** Errors: `request_not_found`, `unavailable`. */
export const GetRequest = defineRpc(
  'metadata.files.get_request',
  z.object({ caller: Caller, request_id: z.uuid() }),
  KeptRequest,
);

/**
 * What is given is changed, at once for all that comes from then on. `is_closed` closes the request, or opens it again. Limits below what came refuse
 * what comes next. Idempotent. Errors: `request_not_found`, `unavailable`.
 */
export const UpdateRequest = defineRpc(
  'metadata.files.update_request',
  z.object({
    caller: Caller,
    request_id: z.uuid(),
    changes: z.object({
      title: RequestTitle.optional(),
      message: RequestMessage.nullable().optional(),
      ...RequestLimits.partial().shape,
      expires_at: Timestamp.optional(),
      is_closed: z.boolean().optional(),
    }),
  }),
  KeptRequest,
);

/** Of a token, whatever became of the request: its status says it. Who has the token needs no other right, but the password
 * where `unlock_key` is not null. Errors: `request_not_found`, `unavailable`. */
export const ResolveRequest = defineRpc(
  'metadata.files.resolve_request',
  z.object({ token_hash: TokenHash }),
  z.object({
    request: KeptRequest,
    owner_id: OwnerId.nullable(),
    /** Whether the owner is a user of the accounts service, which knows the owner's quota. */
    has_account: z.boolean(),
    /** A secret of the request by which gateways sign that its password was shown; null where it has none. It is told to no client. */
    unlock_key: Sha256.nullable(),
    files_left: z.int().nonnegative(),
    bytes_left: z.int().nonnegative(),
  }),
);

/**
 * Judges a request's password. Each try counts before it is judged, of the request and of the network of `address`, ten in 15 minutes; one that was
 * right is given back. Errors: `request_not_found`, `password_required` (it is wrong), `rate_limited`, `unavailable`.
 */
export const UnlockRequest = defineRpc(
  'metadata.files.unlock_request',
  z.object({ token_hash: TokenHash, password: z.string().max(1024), address: z.string().max(64) }),
  z.object({ request_id: z.uuid(), unlock_key: Sha256.nullable() }),
);
