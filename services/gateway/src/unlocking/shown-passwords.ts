import { createHmac } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Locked } from './unlock-proof.js';

export interface ShownPassword {
  password: string;
  /** Of whom shows it. */
  address: string;
}

/** For so long a password that was right is not judged again: programs show it with every request. */
const keptMs = 60_000;
const mostKept = 10_000;

/**
 * Passwords of links and file requests, for which metadata answers. One that was right counts for a moment; those who show the same one at the same
 * time are answered together. It keeps digests alone, under the key of what they unlock: of a link that is revoked they are worth nothing, since links
 * and requests are looked up each time.
 */
export class ShownPasswords {
  private readonly right = new LRUCache<string, true>({ max: mostKept, ttl: keptMs });
  private readonly judging = new Map<string, Promise<unknown>>();

  /** `ask` rejects where metadata says that the password is wrong, or that it was tried too often. Throws what it throws. */
  async judge(locked: Locked, { address, password }: ShownPassword, ask: () => Promise<unknown>): Promise<void> {
    const name = createHmac('sha256', locked.key).update(password).digest('base64');
    if (this.right.has(name)) return;
    // Tries count by address: nobody is refused for those of others.
    const question = `${name} ${address}`;
    const judging = this.judging.get(question) ?? ask().finally(() => this.judging.delete(question));
    this.judging.set(question, judging);
    await judging;
    this.right.set(name, true);
  }
}
