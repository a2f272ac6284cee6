import { sizeText } from '../parse-amounts.js';
import { printable } from '../printable.js';

const everyMs = 200;
const barWidth = 24;

interface Transfer {
  name: string;
  done: number;
  total: number | null;
}

/** How far transfers are, in one line of a terminal that is written again and again; nowhere else. */
export class ProgressBar {
  private readonly running = new Set<Transfer>();
  private readonly beganAt = Date.now();
  private toldAt = 0;
  private finishedBytes = 0;

  private readonly isTold: boolean;

  constructor(private readonly output: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> & { columns?: number }) {
    this.isTold = output.isTTY;
  }

  begin(name: string): { update(done: number, total: number | null): void; end(): void } {
    const transfer: Transfer = { name, done: 0, total: null };
    this.running.add(transfer);
    return {
      update: (done, total) => {
        Object.assign(transfer, { done, total });
        this.tell();
      },
      end: () => {
        this.running.delete(transfer);
        this.finishedBytes += transfer.done;
        this.clear();
      },
    };
  }

  /** The line belongs to what comes next. */
  clear(): void {
    if (this.isTold) this.output.write('\r\u001b[K');
    this.toldAt = 0;
  }

  private tell(): void {
    if (!this.isTold) return;
    const now = Date.now();
    if (now - this.toldAt < everyMs) return;
    this.toldAt = now;
    const transfers = [...this.running];
    const done = transfers.reduce((sum, each) => sum + each.done, 0);
    const total = transfers.reduce<number | null>(
      (sum, each) => (sum === null || each.total === null ? null : sum + each.total),
      0,
    );
    const seconds = Math.max(0.2, (now - this.beganAt) / 1000);
    const rate = `${sizeText(Math.round((this.finishedBytes + done) / seconds))}/s`;
    const names = transfers.map(({ name }) => printable(name)).join(', ');
    const line = `${bar(done, total)} ${rate} ${names}`;
    this.output.write(`\r\u001b[K${line.slice(0, (this.output.columns ?? 80) - 1)}`);
  }
}

function bar(done: number, total: number | null): string {
  if (total === null) return sizeText(done);
  const part = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.round(part * barWidth);
  const percent = `${Math.floor(part * 100)} %`.padStart(5);
  return `[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}] ${percent} of ${sizeText(total)}`;
}
