import type { FileRecord } from '@wharf/contracts';
import { timeText, words } from '../language/language.ts';
import { Icon } from '../parts/icon.tsx';

/** stored → synced → archived, as far as the file has come; a change is read out. */
export function FileProgress({ record }: { record: FileRecord }) {
  const { archived_at: archivedAt, created_at: createdAt, status, synced_at: syncedAt } = record;
  if (status === 'deleted' || status === 'quarantined') return null;
  const steps = [
    ['stored', createdAt],
    ['synced', syncedAt],
    ['archived', archivedAt],
  ] as const;
  return (
    <section aria-label={words().progress}>
      <ol class="steps">
        {steps.map(([step, at]) => (
          <li key={step} class={at ? 'reached' : ''} {...(step === status && { 'aria-current': 'step' as const })}>
            <Icon name={at ? 'check' : 'file'} />
            <strong>{words().statuses[step]}</strong>
            <span>{at ? timeText(at) : words().stepHints[step]}</span>
          </li>
        ))}
      </ol>
      <p class="unseen" role="status">
        {words().statuses[status]}
      </p>
    </section>
  );
}
