import type { Socket } from 'node:net';

const longestMs = 30_000;
const longestSilenceMs = 5_000;
const mostBytes = 1024 ** 3;

/**
 * Limits on what is read and dropped behind an answer: those of nginx's `lingering_time` and `lingering_timeout`, and a number of bytes.
 * A client that has read its answer stops much earlier.
 */
export class UnreadBody {
  private lastedMs = 0;
  private silentMs = 0;
  private readonly firstByte: number;
  private bytesRead: number;

  constructor(private readonly socket: Socket) {
    this.firstByte = socket.bytesRead;
    this.bytesRead = socket.bytesRead;
  }

  /** Whether a limit is exceeded, `elapsedMs` after the last call. */
  isOverdue(elapsedMs: number): boolean {
    const { bytesRead } = this.socket;
    this.lastedMs += elapsedMs;
    this.silentMs = bytesRead === this.bytesRead ? this.silentMs + elapsedMs : 0;
    this.bytesRead = bytesRead;
    return this.lastedMs >= longestMs || this.silentMs >= longestSilenceMs || bytesRead - this.firstByte > mostBytes;
  }
}
