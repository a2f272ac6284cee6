import type { ServerResponse } from 'node:http';
import type { CloudEvent, ShownEvent } from '@wharf/contracts';

/** What may wait for a client to read it. Who reads slower than events come is cut off, and asks again from the last event that it has. */
const mostWaitingBytes = 256 * 1024;
const heartbeatMs = 15_000;
/** After how long a client whose stream has ended asks again. */
const retryMs = 2000;

/** One answer of server-sent events (HTML §9.2). */
export class EventStream {
  private readonly heartbeat: NodeJS.Timeout;

  /** `onHeartbeat` is called as often as the client is told that the connection lives; `onClose` once, however it ends. */
  constructor(
    private readonly response: ServerResponse,
    { onClose, onHeartbeat }: { onClose(): void; onHeartbeat(): void },
  ) {
    response.statusCode = 200;
    response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
    response.setHeader('Cache-Control', 'no-store');
    // nginx would hold events back until they fill its buffer.
    response.setHeader('X-Accel-Buffering', 'no');
    response.write(`retry: ${retryMs}\n\n`);
    this.heartbeat = setInterval(() => {
      this.write(':\n\n');
      onHeartbeat();
    }, heartbeatMs);
    response.once('close', () => {
      clearInterval(this.heartbeat);
      onClose();
    });
  }

  get isOpen(): boolean {
    return !this.response.closed && !this.response.writableEnded;
  }

  send(event: CloudEvent | ShownEvent): void {
    this.write(`${idOf(event)}event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  }

  end(): void {
    clearInterval(this.heartbeat);
    if (this.isOpen) this.response.end();
  }

  private write(text: string): void {
    if (!this.isOpen) return;
    if (this.response.writableLength > mostWaitingBytes) this.response.destroy();
    else this.response.write(text);
  }
}

/** An id that would end its line could pretend to be more than an id. */
function idOf({ id }: { id: string }): string {
  return /[\r\n\0]/.test(id) ? '' : `id: ${id}\n`;
}
