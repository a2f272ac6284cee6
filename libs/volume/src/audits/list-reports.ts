import { open, readdir } from 'node:fs/promises';
import type { ReportEntry } from '@wharf/contracts';
import { ifMissing } from '@wharf/service-kit';
import { layout } from '../layout.js';
import type { Volume } from '../volume.js';
import { parseEntry, readReport } from './read-report.js';

type EntryOf<Kind> = Extract<ReportEntry, { kind: Kind }>;

/** How a report begins and how it ends; `finished` is missing while its run goes on, and for ever where that broke off. */
export interface ReportEnds {
  started: EntryOf<'started'>;
  finished: EntryOf<'finished'> | undefined;
}

/** What stands behind the end of a run is what was undone of it: rarely this much. */
const endBytes = 64 * 1024;

/** The ids of all audits that have a report, the newest first: they begin with their time. */
export async function listReports(volume: Volume): Promise<string[]> {
  const names = (await ifMissing(readdir(volume.resolve(layout.audits)))) ?? [];
  return names
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => name.slice(0, -'.jsonl'.length))
    .sort()
    .reverse();
}

/** Reads its first line and its last ones, whatever its length. Undefined where it does not begin as a report. Throws `audit_not_found`. */
export async function readReportEnds(volume: Volume, runId: string): Promise<ReportEnds | undefined> {
  let started: ReportEnds['started'] | undefined;
  for await (const entry of readReport(volume, runId)) {
    if (entry.kind === 'started') started = entry;
    break;
  }
  return started && { started, finished: await findFinished(volume, runId) };
}

async function findFinished(volume: Volume, runId: string): Promise<ReportEnds['finished']> {
  const handle = await open(volume.resolve(layout.auditReport(runId)));
  try {
    const { size } = await handle.stat();
    const position = Math.max(0, size - endBytes);
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(size - position), position });
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
    return lines.map(parseFinished).findLast((entry) => entry !== undefined);
  } finally {
    await handle.close();
  }
}

function parseFinished(line: string): ReportEnds['finished'] {
  const entry = line.startsWith('{"kind":"finished"') ? parseEntry(line) : undefined;
  return entry?.kind === 'finished' ? entry : undefined;
}
