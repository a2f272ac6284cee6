import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import type { Reader } from './file-request.js';

const name = 'wharf_reader';
const lifetimeMs = 24 * 3600 * 1000;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Tells readers apart by a cookie. `path` is the address of the file that they read, which they know. */
export class ReaderCookie implements Reader {
  constructor(
    private readonly context: Context,
    private readonly path: string,
  ) {}

  /**
   * What tells one client from another, for counting a player's many ranges as one: the cookie of an earlier download at this
   * address, or, for clients that keep none, its address and what it calls itself. Whoever invents or drops a cookie is
   * another client, whose session takes a download of its own.
   */
  get id(): string {
    const { ip, req } = this.context;
    return (
      this.value ??
      createHash('sha256')
        .update(`${ip}\n${req.headers['user-agent'] ?? ''}`)
        .digest('base64url')
    );
  }

  /**
   * Gives a client that has no cookie yet the id of its lease: browsers behind one address are told apart by it. At this path
   * alone. Of no use without the path: it joins a session of this file, which has its own limits.
   */
  remember(leaseId: string): void {
    if (this.value !== undefined) return;
    this.context.cookies.set(name, leaseId, {
      path: this.path,
      httpOnly: true,
      sameSite: 'lax',
      secure: this.context.secure,
      maxAge: lifetimeMs,
    });
  }

  private get value(): string | undefined {
    const value = this.context.cookies.get(name);
    return value !== undefined && uuid.test(value) ? value : undefined;
  }
}
