const everyMs = 200;

/** How far a transfer is, in one line of a terminal that is written again and again; nowhere else. */
export class TransferProgress {
  private name = '';
  private size = 0;
  private done = 0;
  private toldAt = 0;

  constructor(private readonly output: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>) {}

  begin(name: string, size: number): void {
    Object.assign(this, { name, size, done: 0, toldAt: Date.now() });
  }

  add(bytes: number): void {
    this.done += bytes;
    if (!this.output.isTTY || Date.now() - this.toldAt < everyMs) return;
    this.toldAt = Date.now();
    const percent = Math.floor((this.done / Math.max(1, this.size)) * 100);
    this.output.write(`\r\u001b[K${this.name} ${percent} % of ${megabytes(this.size)}`);
  }

  /** The line belongs to what comes next. */
  end(): void {
    if (this.output.isTTY) this.output.write('\r\u001b[K');
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
