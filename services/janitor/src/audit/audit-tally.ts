import type { AuditClass } from '@wharf/contracts';
import type { Finding } from './finding.js';

type Counts = Partial<Record<AuditClass, number>>;

const maxProblemLines = 20;

/** What an audit has seen and done so far. */
export class AuditTally {
  examined = 0;
  /** Of what was examined, how many records there are. */
  records = 0;
  /** Files of which no good copy is anywhere. */
  lost = 0;
  readonly findings: Counts = {};
  readonly repaired: Counts = {};
  /** The first few reasons why something could not be judged or repaired, each once: more than one side asks about a file. */
  readonly problems: string[] = [];

  found(finding: Finding): void {
    add(this.findings, finding.class);
  }

  healed(finding: Finding): void {
    add(this.repaired, finding.class);
  }

  addProblem(line: string): void {
    if (this.problems.length < maxProblemLines && !this.problems.includes(line)) this.problems.push(line);
  }

  get foundTotal(): number {
    return total(this.findings);
  }

  get repairedTotal(): number {
    return total(this.repaired);
  }
}

function add(counts: Counts, name: AuditClass): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

function total(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
