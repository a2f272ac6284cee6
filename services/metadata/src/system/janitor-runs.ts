import type { MikroORM } from '@mikro-orm/postgresql';
import type { AuditCompleted, EventData, EventOf, SweepCompleted } from '@wharf/contracts';
import { inOneStatement, inTransaction } from '@wharf/database';

type Run = EventOf<typeof SweepCompleted> | EventOf<typeof AuditCompleted>;

/** `kind` of audits, beside the names of the sweeps. */
export const auditKind = 'audit';

/** Of each kind, for plots. */
const keptRuns = 30;

/** Keeps the report of a run, and forgets those of its kind that are older than the latest 30. A repeated event changes nothing. */
export async function recordRun(orm: MikroORM, kind: string, { data, id }: Run): Promise<void> {
  await inTransaction(orm, async (em) => {
    await em.execute(
      `insert into janitor_runs (kind, event_id, finished_at, data) values (?, ?, ?, ?::jsonb) on conflict do nothing`,
      [kind, id, data.finished_at, JSON.stringify(data)],
    );
    await em.execute(
      `delete from janitor_runs where kind = ? and event_id in (
         select event_id from janitor_runs where kind = ? order by finished_at desc, event_id offset ?)`,
      [kind, kind, keptRuns],
    );
  });
}

/** The latest 30 runs of each kind, newest first. Replicas that record two at once may leave one more. */
export async function latestRuns(
  orm: MikroORM,
): Promise<{ sweeps: EventData<typeof SweepCompleted>[]; audits: EventData<typeof AuditCompleted>[] }> {
  const rows = await inOneStatement(orm, (em) =>
    em.execute<{ kind: string; data: unknown }[]>(
      `select kind, data from (
         select *, row_number() over (partition by kind order by finished_at desc, event_id) as place from janitor_runs
       ) as run where place <= ? order by finished_at desc, event_id`,
      [keptRuns],
    ),
  );
  const [audits, sweeps] = [true, false].map((areAudits) =>
    rows.filter(({ kind }) => (kind === auditKind) === areAudits).map(({ data }) => data),
  );
  return { sweeps, audits } as Awaited<ReturnType<typeof latestRuns>>;
}
