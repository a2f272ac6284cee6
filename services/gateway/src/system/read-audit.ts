import type { AuditDetail } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import { readReport, readReportEnds, type Volume } from '@wharf/volume';
import { toRecord } from './page-audits.js';

/** Of a page: they may be as many as the files that could not be judged. */
const mostProblems = 200;

/**
 * The report of one audit, with up to `limit` of the findings behind the first `after`. Reports may have millions of lines: they are read line by
 * line up to the end of the page. Throws `audit_not_found`.
 */
export async function readAudit(
  volume: Volume,
  id: string,
  { after, limit }: { after: number; limit: number },
): Promise<AuditDetail> {
  const ends = await readReportEnds(volume, id);
  if (!ends) throw new AppError('audit_not_found', `there is no report ${id}`);
  const detail: AuditDetail = { ...toRecord(id, ends), entries: [], problems: [], next_cursor: null };
  let found = 0;
  for await (const entry of readReport(volume, id)) {
    const isShown = entry.kind === 'problem' && found >= after && detail.problems.length < mostProblems;
    if (isShown) detail.problems.push(entry.detail);
    if (entry.kind !== 'finding' || found++ < after) continue;
    if (detail.entries.length === limit) return { ...detail, next_cursor: String(after + limit) };
    const { kind: _, ...finding } = entry;
    detail.entries.push(finding);
  }
  return detail;
}
