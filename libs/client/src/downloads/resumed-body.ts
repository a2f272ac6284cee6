import { retry } from '../http/retry.js';
import { errorOf, unreachable, WharfError } from '../wharf-error.js';

/** A connection that brings nothing for so long has lost its gateway. */
const silenceMs = 120_000;

export interface BodyOptions {
  /** The body from a byte on, or the whole of it. */
  open(offset: number): Promise<Response>;
  /** The first answer, from `offset` on. */
  first: Response;
  offset: number;
  /** Of the whole file; null where nobody says. */
  sizeBytes: number | null;
  /** Whether another answer can be trusted to be about the same bytes. */
  canResume: boolean;
  address: string;
  patienceMs(): number;
  signal: AbortSignal | undefined;
}

/** The bytes of a file, over as many connections as it takes. */
export class ResumedBody {
  private position: number;
  private answer: Response | undefined;
  private reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  /** Bytes of an answer that were read before. */
  private skipped = 0;

  constructor(private readonly options: BodyOptions) {
    this.position = options.offset;
    this.answer = options.first;
  }

  /** The next bytes; undefined behind the last one. Throws WharfError, and the reason of the signal. */
  next(): Promise<Uint8Array | undefined> {
    const { canResume, patienceMs, signal } = this.options;
    return retry({ patienceMs: () => (canResume ? patienceMs() : 0), signal }, () => this.tryNext());
  }

  cancel(reason?: unknown): Promise<void> {
    const { reader } = this;
    this.reader = undefined;
    return reader ? reader.cancel(reason) : Promise.resolve();
  }

  private async tryNext(): Promise<Uint8Array | undefined> {
    const { address, signal, sizeBytes } = this.options;
    try {
      for (;;) {
        this.reader ??= await this.open();
        const { done, value } = await withinSilence(this.reader);
        if (done && sizeBytes !== null && this.position < sizeBytes) throw new Error('the body ended before the file');
        if (done) return undefined;
        const chunk = this.unread(value);
        if (chunk.length > 0) return chunk;
      }
    } catch (error) {
      await this.cancel(error).catch(() => undefined);
      signal?.throwIfAborted();
      throw error instanceof WharfError ? error : unreachable(address, error);
    }
  }

  private async open(): Promise<ReadableStreamDefaultReader<Uint8Array>> {
    const answer = this.answer ?? (await this.options.open(this.position));
    this.answer = undefined;
    const start = startOf(answer);
    if (start > this.position) throw errorOf({ status: 502, body: '', header: () => undefined });
    this.skipped = this.position - start;
    return (answer.body ?? new Blob([]).stream()).getReader();
  }

  private unread(chunk: Uint8Array): Uint8Array {
    const already = Math.min(this.skipped, chunk.length);
    this.skipped -= already;
    this.position += chunk.length - already;
    return chunk.subarray(already);
  }
}

/** The first byte of a body within its file. */
function startOf(answer: Response): number {
  if (answer.status !== 206) return 0;
  return Number(/^bytes (\d+)-/.exec(answer.headers.get('Content-Range') ?? '')?.[1]);
}

async function withinSilence(reader: ReadableStreamDefaultReader<Uint8Array>) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the gateway says nothing any more')), silenceMs);
  });
  try {
    return await Promise.race([reader.read(), silence]);
  } finally {
    clearTimeout(timer);
  }
}
