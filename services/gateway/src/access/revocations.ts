/** Longer than an access token can live, the tolerance between clocks included: then nobody has one any more. */
const keptMs = 20 * 60_000;

/** The claims of an access token by which it is revoked. */
export interface Revocable {
  /** The user. */
  sub: string;
  /** The session. */
  sid: string;
  /** When it was issued, in milliseconds since 1970. */
  issuedAtMs: number;
}

/** Sessions that have ended and users that were changed, for as long as access tokens of before may be about. */
export class Revocations {
  private readonly endedAt = new Map<string, number>();
  private sweepAtMs = 0;

  /** `subject`: a session or a user. Of two times the later counts. */
  add(subject: string, atMs: number): void {
    this.sweep();
    this.endedAt.set(subject, Math.max(atMs, this.endedAt.get(subject) ?? 0));
  }

  /** A session does not come back; of a user the tokens of before are meant, those of the same millisecond included. */
  has({ issuedAtMs, sid, sub }: Revocable): boolean {
    if (this.endedAt.size === 0) return false;
    return this.endedAt.has(sid) || issuedAtMs <= (this.endedAt.get(sub) ?? Number.NEGATIVE_INFINITY);
  }

  private sweep(): void {
    const now = Date.now();
    if (now < this.sweepAtMs) return;
    this.sweepAtMs = now + keptMs / 4;
    for (const [subject, atMs] of this.endedAt) if (atMs < now - keptMs) this.endedAt.delete(subject);
  }
}
