import { wharf } from '../api/wharf.ts';
import { timeText, words } from '../language/language.ts';
import { ErrorNote } from '../parts/error-note.tsx';
import { Icon } from '../parts/icon.tsx';
import { complain } from '../parts/notices.tsx';
import { useLoaded } from '../parts/use-loaded.ts';

/** Where somebody is signed in. */
export function Sessions() {
  const { error, reload, value: sessions } = useLoaded(() => wharf.sessions.list(), 'sessions');
  return (
    <section>
      <h2>{words().sessions}</h2>
      {error !== undefined && <ErrorNote error={error} onRetry={() => void reload()} />}
      <ul class="cards">
        {sessions?.map(({ address, created_at: begun, id, last_used_at: used, user_agent: agent }) => (
          <li key={id} class="card">
            <div class="card-what">
              <p class="card-title">{address}</p>
              <p class="hint">{[words().since(timeText(begun)), words().lastUsed(timeText(used))].join(' · ')}</p>
              <p class="hint names">{agent}</p>
            </div>
            <button
              type="button"
              class="button"
              onClick={() => void wharf.sessions.end(id).then(reload, complain)}
              aria-label={words().endOf(address)}
            >
              <Icon name="close" />
              {words().endSession}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
