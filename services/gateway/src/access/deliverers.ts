import {
  type KeptRequest,
  type Quota,
  ResolveRequest,
  type RpcReply,
  requestCaller,
  UnlockRequest,
} from '@wharf/contracts';
import { type Bus, callRpc } from '@wharf/messaging';
import { AppError } from '@wharf/service-kit';
import { hashOf } from '../links/link-token.js';
import { ShownPasswords } from '../unlocking/shown-passwords.js';
import type { Locked } from '../unlocking/unlock-proof.js';
import type { Authenticated } from './authenticated.js';

export interface ShownRequest {
  token: string;
  password: string | undefined;
  /** Whether the client has shown before that it knows the password of this request. */
  isUnlocked(locked: Locked): boolean;
  /** Of the client: tries of passwords are counted by its network. */
  address: string;
}

type Resolved = RpcReply<typeof ResolveRequest>;

/** Those who deliver by the token of a file request. Metadata is asked each time: closing a request counts at once. */
export class Deliverers {
  private readonly passwords = new ShownPasswords();

  constructor(
    private readonly bus: Bus,
    private readonly quotas: { find(userId: string): Promise<Quota | undefined> },
  ) {}

  /** Throws `request_not_found`, `request_closed`, `request_expired`, `password_required`, `rate_limited`, `unavailable`. */
  async judge(shown: ShownRequest & { mayHaveEnded: boolean }): Promise<Authenticated> {
    const { isUnlocked, ...resolved } = await this.look(shown);
    if (!isUnlocked) throw passwordRequired();
    const { has_account, owner_id, request } = resolved;
    if (!shown.mayHaveEnded) refuseEnded(request);
    const quota = has_account && owner_id !== null ? await this.quotas.find(owner_id) : undefined;
    const { allowed_types, id, max_file_size } = request;
    return { caller: requestCaller(id, owner_id), quota, delivery: { id, max_file_size, allowed_types } };
  }

  /**
   * The request, and whether its password was shown, where it has one. Throws `request_not_found`, `password_required` (a wrong one was),
   * `rate_limited`, `unavailable`.
   */
  async look(shown: ShownRequest): Promise<Resolved & { isUnlocked: boolean }> {
    const resolved = await this.resolve(shown.token);
    return { ...resolved, isUnlocked: await this.isUnlocked(resolved, shown) };
  }

  /** Throws `request_not_found`, `unavailable`. */
  resolve(token: string): Promise<Resolved> {
    return callRpc(this.bus, ResolveRequest, { token_hash: hashOf(token) });
  }

  /** The key by which it is signed that this is the password; null where there is none. Throws as `UnlockRequest`. */
  unlock(
    { address, token }: Pick<ShownRequest, 'address' | 'token'>,
    password: string,
  ): Promise<RpcReply<typeof UnlockRequest>> {
    return callRpc(this.bus, UnlockRequest, { token_hash: hashOf(token), password, address });
  }

  private async isUnlocked({ request, unlock_key: key }: Resolved, shown: ShownRequest): Promise<boolean> {
    const { address, isUnlocked, password } = shown;
    if (key === null) return true;
    const locked = { id: request.id, key };
    if (isUnlocked(locked)) return true;
    if (password === undefined) return false;
    await this.passwords.judge(locked, { password, address }, () => this.unlock(shown, password));
    return true;
  }
}

/** Throws `request_closed`, `request_expired`. */
export function refuseEnded({ status }: KeptRequest): void {
  if (status === 'closed') throw new AppError('request_closed', 'this request was closed');
  if (status === 'expired') throw new AppError('request_expired', 'this request has expired');
}

function passwordRequired(): AppError {
  return new AppError('password_required', 'this request has a password: unlock it, or send Wharf-Request-Password');
}
