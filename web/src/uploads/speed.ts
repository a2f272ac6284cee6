/** How much of the past a speed is of. */
const windowMs = 4000;

/** Bytes a second, of the last seconds. */
export class Speed {
  #samples: { atMs: number; bytes: number }[] = [];

  add(bytes: number, atMs: number): number {
    const last = this.#samples.at(-1);
    // What was sent before a break says nothing of now, and a broken piece is sent again.
    if (last && (bytes < last.bytes || atMs - last.atMs > windowMs)) this.#samples = [];
    this.#samples.push({ atMs, bytes });
    while (this.#samples.length > 2 && atMs - (this.#samples[0]?.atMs ?? 0) > windowMs) this.#samples.shift();
    const first = this.#samples[0] as { atMs: number; bytes: number };
    return atMs === first.atMs ? 0 : ((bytes - first.bytes) / (atMs - first.atMs)) * 1000;
  }
}
