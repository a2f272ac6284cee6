import { WorkLimit } from '@wharf/service-kit';
import { hashPassword, verifyPassword } from './argon2.js';

/**
 * Each hash takes 19 MiB and tens of milliseconds of a core, in the threads that everything else of Node shares: two at a time leave
 * room for the rest. Who waits longer than callers do is refused before its turn.
 */
const limits = {
  atOnce: 2,
  mostWaiting: 100,
  longestWaitMs: 4000,
  refusal: 'too many passwords are judged at once',
};

/** Hashes passwords and verifies them, two at a time. Throws `unavailable` where too many wait. */
export class PasswordHasher {
  private readonly limit = new WorkLimit(limits);

  /** `waiting` is told how many wait. */
  constructor(private readonly waiting: { set(count: number): void }) {}

  hash(password: string): Promise<string> {
    return this.inTurn(() => hashPassword(password));
  }

  verify(password: string, hash: string): Promise<boolean> {
    return this.inTurn(() => verifyPassword(password, hash));
  }

  private async inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      const running = this.limit.run(() => {
        this.count();
        return work();
      });
      this.count();
      return await running;
    } finally {
      this.count();
    }
  }

  private count(): void {
    this.waiting.set(this.limit.waitingCount);
  }
}
