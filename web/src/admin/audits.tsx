import type { AuditRecord } from '@wharf/contracts';
import { useState } from 'preact/hooks';
import { wharf } from '../api/wharf.ts';
import { numberText, timeText, words } from '../language/language.ts';
import { Dialog } from '../parts/dialog.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { ErrorNote } from '../parts/error-note.tsx';
import { MoreButton } from '../parts/more-button.tsx';
import { announce, complain } from '../parts/notices.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { usePages } from '../parts/use-pages.ts';
import { sumOf } from './system.tsx';

/** Comparisons of records, volume and store. */
export function Audits() {
  const pages = usePages(() => wharf.audits.list());
  const { error, isLoading, items, reload } = pages;
  const [shown, setShown] = useState<string>();
  const start = async (repair: boolean) => {
    try {
      await wharf.audits.start({ repair });
      announce(words().auditStarted);
      await reload();
    } catch (thrown) {
      complain(thrown);
    }
  };
  return (
    <>
      <div class="acts">
        <button type="button" class="button primary" onClick={() => void start(false)}>
          {words().startAudit}
        </button>
        <button type="button" class="button" onClick={() => void start(true)}>
          {words().startRepair}
        </button>
        <button type="button" class="button" onClick={() => void reload()}>
          {words().refresh}
        </button>
      </div>
      {error !== undefined && <ErrorNote error={error} onRetry={() => void reload()} />}
      {items.length === 0 && isLoading && <p class="loading">{words().loading}</p>}
      {items.length === 0 && !isLoading && error === undefined && <EmptyState icon="check" title={words().noAudits} />}
      <ul class="cards">
        {items.map((audit) => (
          <li key={audit.id} class="card">
            <AuditFacts audit={audit} />
            <button type="button" class="button" onClick={() => setShown(audit.id)}>
              {words().report}
            </button>
          </li>
        ))}
      </ul>
      <MoreButton pages={pages} />
      {shown && <AuditReport id={shown} onClose={() => setShown(undefined)} />}
    </>
  );
}

function AuditFacts({ audit }: { audit: AuditRecord }) {
  const { examined, findings, repair, repaired, started_at: startedAt, status } = audit;
  return (
    <div class="card-what">
      <p class="card-title">
        {timeText(startedAt)} <span class={`badge ${status}`}>{words().auditStatuses[status]}</span>
      </p>
      <p class="hint">
        {[
          examined === null ? undefined : words().examined(numberText(examined)),
          words().findingCount(sumOf(findings)),
          repair ? words().repairedCount(sumOf(repaired)) : undefined,
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
    </div>
  );
}

function AuditReport({ id, onClose }: { id: string; onClose(): void }) {
  const { error, value: audit } = useLoaded(() => wharf.audits.get(id), id);
  return (
    <Dialog title={words().report} onClose={onClose}>
      {error !== undefined && <ErrorNote error={error} />}
      {!audit && error === undefined && <p class="loading">{words().loading}</p>}
      {audit && <AuditFacts audit={audit} />}
      {audit?.entries.length === 0 && <p>{words().noFindings}</p>}
      <ul class="findings">
        {audit?.entries.map((entry) => (
          <li key={`${entry.class} ${entry.place}`}>
            <strong>{entry.class}</strong> {entry.place}
            <p class="hint">{entry.detail}</p>
          </li>
        ))}
        {audit?.problems.map((problem) => (
          <li key={problem} class="problem">
            {problem}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
