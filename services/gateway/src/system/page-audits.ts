import type { AuditPage, AuditRecord, PageQuery } from '@wharf/contracts';
import { hasCode } from '@wharf/service-kit';
import { listReports, type ReportEnds, readReportEnds, type Volume } from '@wharf/volume';

/** One page of the audits that have a report on the volume, newest first. The cursor is the id of the last one. */
export async function pageAudits(volume: Volume, { cursor, limit }: PageQuery): Promise<AuditPage> {
  const ids = await listReports(volume);
  const left = cursor === undefined ? ids : ids.filter((id) => id < cursor);
  const page = left.slice(0, limit);
  const audits = await Promise.all(
    page.map(async (id) => {
      const ends = await readReportEnds(volume, id).catch(undefinedWhereRemoved);
      return ends ? [toRecord(id, ends)] : [];
    }),
  );
  return { audits: audits.flat(), next_cursor: left.length > limit ? (page.at(-1) ?? null) : null };
}

export function toRecord(id: string, { finished, started }: ReportEnds): AuditRecord {
  return {
    id,
    status: finished ? 'finished' : 'unfinished',
    repair: started.repair,
    started_at: started.at,
    finished_at: finished?.at ?? null,
    examined: finished?.examined ?? null,
    findings: finished?.findings ?? {},
    repaired: finished?.repaired ?? {},
  };
}

/** By people, while the page was made. */
function undefinedWhereRemoved(error: unknown): undefined {
  if (!hasCode(error, 'audit_not_found')) throw error;
}
