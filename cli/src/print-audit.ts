import { AuditClass } from '@wharf/contracts';
import type { AuditOutcome, UndoOutcome } from '@wharf/janitor';
import { table } from './table.js';

/** All three sides agree, or agree again; something was found and left; the audit could not do its work, or not all of it. */
export const auditExits = { fine: 0, findingsLeft: 1, trouble: 2 };

export function printOutcome(
  outcome: AuditOutcome,
  { isJson, isRepairing }: { isJson: boolean; isRepairing: boolean },
): number {
  const { finishedAt, report, runId, startedAt, tally } = outcome;
  const { examined, findings, lost, problems, repaired } = tally;
  const left = tally.foundTotal - tally.repairedTotal;
  if (isJson) {
    const times = { started_at: startedAt.toISOString(), finished_at: finishedAt.toISOString() };
    say(JSON.stringify({ run_id: runId, report, ...times, examined, findings, repaired, left, lost, problems }));
  } else {
    const seconds = ((finishedAt.getTime() - startedAt.getTime()) / 1000).toFixed(1);
    if (tally.foundTotal > 0) process.stdout.write(tableOf(outcome));
    say(`${examined} looked at in ${seconds} s, ${tally.foundTotal} found, ${tally.repairedTotal} repaired`);
    if (lost > 0) say(`${lost} files are lost: no good copy is anywhere`);
    say(`report: ${report}`);
    if (isRepairing && tally.repairedTotal > 0) say(`wharf audit --undo ${runId} takes the repairs back`);
    if (!isRepairing && tally.foundTotal > 0) say('nothing was changed');
  }
  for (const line of problems) process.stderr.write(`${line}\n`);
  if (problems.length > 0) return auditExits.trouble;
  return left > 0 ? auditExits.findingsLeft : auditExits.fine;
}

export function printUndo({ impossible, undone, undoneBefore }: UndoOutcome, { isJson }: { isJson: boolean }): number {
  if (isJson) say(JSON.stringify({ undone, undone_before: undoneBefore, impossible }));
  else say(`${undone} undone${undoneBefore > 0 ? `, ${undoneBefore} were undone before` : ''}`);
  for (const line of impossible) process.stderr.write(`${line}\n`);
  return impossible.length > 0 ? auditExits.findingsLeft : auditExits.fine;
}

function tableOf({ tally: { findings, repaired } }: AuditOutcome): string {
  const rows = AuditClass.options.flatMap((name) => {
    const found = findings[name] ?? 0;
    const healed = repaired[name] ?? 0;
    return found > 0 ? [[name, String(found), String(healed), String(found - healed)]] : [];
  });
  return table(['CLASS', 'FOUND', 'REPAIRED', 'LEFT'], rows);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
