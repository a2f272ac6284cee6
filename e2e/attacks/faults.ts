const kept = 20;

/** What did not hold: each kind once, with how often it was met and the first input that showed it. */
export class Faults {
  private readonly found = new Map<string, { count: number; example: string | undefined }>();

  add(fault: string, example?: string): void {
    const known = this.found.get(fault);
    if (known) known.count++;
    else if (this.found.size < kept) this.found.set(fault, { count: 1, example });
  }

  list(): string[] {
    return [...this.found].map(([fault, { count, example }]) => {
      const times = count === 1 ? '' : ` (${count} times)`;
      return `${fault}${times}${example === undefined ? '' : `\n    first: ${example}`}`;
    });
  }
}
