import { type Caller, openCaller, type Quota } from '@wharf/contracts';

/** The file request by which somebody delivers. */
export interface Delivery {
  readonly id: string;
  readonly max_file_size: number;
  /** Empty: all. */
  readonly allowed_types: readonly string[];
}

/** Who makes a request, once its credentials are judged. */
export interface Authenticated {
  readonly caller: Caller;
  /** What the caller may store; undefined where nothing limits it. */
  readonly quota: Quota | undefined;
  /** Of a user who is logged in. */
  readonly sessionId?: string;
  /** Of whoever delivers by a file request: what that takes. */
  readonly delivery?: Delivery | undefined;
}

/** Everybody, while `AUTH` is `open`. */
export const open: Authenticated = { caller: openCaller, quota: undefined };

/** Without credentials nothing is permitted but what is permitted to everybody. */
export const anonymous: Authenticated = { caller: { kind: 'anonymous', id: null, scopes: [] }, quota: undefined };
