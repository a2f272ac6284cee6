import { createHmac } from 'node:crypto';
import { UnlockLink } from '@wharf/contracts';
import { type Bus, callRpc } from '@wharf/messaging';
import { LRUCache } from 'lru-cache';
import type { UnlockedLink } from './unlock-proof.js';

interface ShownPassword {
  tokenHash: string;
  password: string;
  /** Of whom shows it. */
  address: string;
}

/** For so long a password that was right is not judged again: programs show it with every request. */
const keptMs = 60_000;
const mostKept = 10_000;

/**
 * Passwords of links, for which metadata answers. One that was right counts for a moment; those who show the same one at the same time are answered
 * together. It keeps digests alone, under the key of their link: of a link that is revoked they are worth nothing, since links are looked up each time.
 */
export class LinkPasswords {
  private readonly right = new LRUCache<string, true>({ max: mostKept, ttl: keptMs });
  private readonly judging = new Map<string, Promise<void>>();

  constructor(private readonly bus: Bus) {}

  /** Throws `password_required`, `rate_limited`, `unavailable`. */
  async judge(link: UnlockedLink, shown: ShownPassword): Promise<void> {
    const name = createHmac('sha256', link.key).update(shown.password).digest('base64');
    if (this.right.has(name)) return;
    // Tries count by address: nobody is refused for those of others.
    const question = `${name} ${shown.address}`;
    const judging = this.judging.get(question) ?? this.ask(shown).finally(() => this.judging.delete(question));
    this.judging.set(question, judging);
    await judging;
    this.right.set(name, true);
  }

  private async ask({ address, password, tokenHash: token_hash }: ShownPassword): Promise<void> {
    await callRpc(this.bus, UnlockLink, { token_hash, password, address: address.slice(0, 64) });
  }
}
