import { createHmac, timingSafeEqual } from 'node:crypto';

/** A link or a file request that has a password. */
export interface Locked {
  id: string;
  /** Of it alone, and the same for all gateways; metadata tells it to nobody else. */
  key: string;
}

/** Says until when somebody who has shown the password need not show it again: `<milliseconds since 1970>.<HMAC-SHA256>`. */
export function newProof({ id, key }: Locked, untilMs: number): string {
  return `${untilMs}.${createHmac('sha256', key).update(`${id}.${untilMs}`).digest('base64url')}`;
}

export function isProof(text: string, locked: Locked, nowMs: number): boolean {
  const [, until] = /^(\d{13})\.[\w-]{43}$/.exec(text) ?? [];
  if (until === undefined || Number(until) <= nowMs) return false;
  return timingSafeEqual(Buffer.from(text), Buffer.from(newProof(locked, Number(until))));
}
