import type { DeadLetterRecord } from '@wharf/contracts';
import { wharf } from '../api/wharf.ts';
import { timeText, words } from '../language/language.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { ErrorNote } from '../parts/error-note.tsx';
import { Icon } from '../parts/icon.tsx';
import { MoreButton } from '../parts/more-button.tsx';
import { announce, complain } from '../parts/notices.tsx';
import { usePages } from '../parts/use-pages.ts';

/** What services gave up, to be tried again or thrown away. */
export function DeadLetters() {
  const pages = usePages(() => wharf.deadLetters.list());
  const { error, isLoading, items, reload } = pages;
  const act = async (done: string, doing: Promise<void>) => {
    try {
      await doing;
      announce(done);
      await reload();
    } catch (thrown) {
      complain(thrown);
    }
  };
  if (error !== undefined) return <ErrorNote error={error} onRetry={() => void reload()} />;
  if (items.length === 0) {
    return isLoading ? (
      <p class="loading">{words().loading}</p>
    ) : (
      <EmptyState icon="check" title={words().noDeadLetters} />
    );
  }
  return (
    <>
      <ul class="cards">
        {items.map((letter) => (
          <li key={letter.seq} class="card">
            <LetterFacts letter={letter} />
            <button
              type="button"
              class="button"
              onClick={() => void act(words().replayed, wharf.deadLetters.replay(letter.seq))}
            >
              <Icon name="retry" />
              {words().replay}
            </button>
            <button
              type="button"
              class="button"
              onClick={() => void act(words().discarded, wharf.deadLetters.remove(letter.seq))}
            >
              <Icon name="trash" />
              {words().discard}
            </button>
          </li>
        ))}
      </ul>
      <MoreButton pages={pages} />
    </>
  );
}

function LetterFacts({ letter: { at, attempts, reason, service, subject, uid } }: { letter: DeadLetterRecord }) {
  return (
    <div class="card-what">
      <p class="card-title">
        {subject} <span class="hint">→ {service}</span>
      </p>
      <p>{reason}</p>
      <p class="hint">
        {[timeText(at), words().attempts(attempts)].join(' · ')}
        {uid && (
          <>
            {' · '}
            <a href={`#/files/${uid}`}>{uid}</a>
          </>
        )}
      </p>
    </div>
  );
}
