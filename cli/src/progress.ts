const everyMs = 2000;

/** Tells on standard error how far a long command is, every two seconds. */
export class Progress {
  private count = 0;
  private toldAt = Date.now();

  constructor(private readonly things: string) {}

  step(where: string): void {
    this.count++;
    if (Date.now() - this.toldAt < everyMs) return;
    this.toldAt = Date.now();
    process.stderr.write(`${this.count} ${this.things}, up to ${where}\n`);
  }
}
