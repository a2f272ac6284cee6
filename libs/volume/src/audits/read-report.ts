import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { ReportEntry } from '@wharf/contracts';
import { AppError, systemCode } from '@wharf/service-kit';
import { layout } from '../layout.js';
import type { Volume } from '../volume.js';

/** The entries of a report, oldest first. Half a line at the end, from a run that died while writing, is left out. Throws `audit_not_found`. */
export async function* readReport(volume: Volume, runId: string): AsyncGenerator<ReportEntry> {
  const lines = createInterface({ input: createReadStream(volume.resolve(layout.auditReport(runId))) });
  try {
    for await (const line of lines) {
      const entry = parseEntry(line);
      if (entry) yield entry;
    }
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') throw new AppError('audit_not_found', `there is no report ${runId}`, { cause });
    throw cause;
  }
}

/** Undefined for half a line, and for one that a later release has written. */
export function parseEntry(line: string): ReportEntry | undefined {
  try {
    return ReportEntry.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
