import type { CreatedApiKey, Scope } from '@wharf/contracts';
import { useState } from 'preact/hooks';
import { wharf } from '../api/wharf.ts';
import { timeText, words } from '../language/language.ts';
import { CopyField } from '../parts/copy-field.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { ErrorNote } from '../parts/error-note.tsx';
import { ExpiryChoice, numberOf } from '../parts/expiry-choice.tsx';
import { Field } from '../parts/field.tsx';
import { Form } from '../parts/form.tsx';
import { Icon } from '../parts/icon.tsx';
import { complain } from '../parts/notices.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { isAdmin } from '../session/session.ts';

const userScopes: Scope[] = ['files:create', 'files:read', 'files:write'];
const adminScopes: Scope[] = ['files:all', 'admin'];

/** For programs that act for somebody. */
export function Keys() {
  const { error, reload, value: keys } = useLoaded(() => wharf.keys.list(), 'keys');
  const [isCreating, setCreating] = useState(false);
  const revoke = (id: string) => wharf.keys.revoke(id).then(reload, complain);
  return (
    <section>
      <header class="page-head">
        <h2>{words().apiKeys}</h2>
        <button type="button" class="button" onClick={() => setCreating(true)}>
          <Icon name="plus" />
          {words().newKey}
        </button>
      </header>
      {error !== undefined && <ErrorNote error={error} onRetry={() => void reload()} />}
      {keys?.length === 0 && <p class="hint">{words().noKeys}</p>}
      <ul class="cards">
        {keys?.map((key) => (
          <li key={key.id} class="card">
            <div class="card-what">
              <p class="card-title">{key.name}</p>
              <p class="hint">
                {[
                  key.scopes.join(', '),
                  key.expires_at ? words().until(timeText(key.expires_at)) : words().never,
                  key.last_used_at ? words().lastUsed(timeText(key.last_used_at)) : words().neverUsed,
                ].join(' · ')}
              </p>
            </div>
            <button
              type="button"
              class="button"
              onClick={() => void revoke(key.id)}
              aria-label={words().revokeOf(key.name)}
            >
              <Icon name="trash" />
              {words().revoke}
            </button>
          </li>
        ))}
      </ul>
      {isCreating && <KeyDialog onClose={() => setCreating(false)} onCreated={() => void reload()} />}
    </section>
  );
}

function KeyDialog({ onClose, onCreated }: { onClose(): void; onCreated(): void }) {
  const [created, setCreated] = useState<CreatedApiKey>();
  const create = async (fields: FormData) => {
    const expires_in = numberOf(fields, 'expires_in');
    const scopes = fields.getAll('scopes') as Scope[];
    setCreated(
      await wharf.keys.create({
        name: String(fields.get('name')),
        scopes,
        ...(expires_in !== undefined && { expires_in }),
      }),
    );
    onCreated();
  };
  const offered = isAdmin.value ? [...userScopes, ...adminScopes] : userScopes;
  return (
    <Dialog title={words().newKey} onClose={onClose}>
      {created ? (
        <div class="shared">
          <p>{words().keyHint}</p>
          <CopyField text={created.key} label={words().apiKey} />
        </div>
      ) : (
        <Form action={words().create} leave={{ label: words().cancel, onLeave: onClose }} onSubmit={create}>
          <Field label={words().name} name="name" required maxLength={255} />
          <fieldset>
            <legend>{words().rights}</legend>
            {offered.map((scope) => (
              <label key={scope} class="check">
                <input type="checkbox" name="scopes" value={scope} defaultChecked={userScopes.includes(scope)} />
                {words().scopes[scope]}
              </label>
            ))}
          </fieldset>
          <ExpiryChoice label={words().expires} preset="month" />
        </Form>
      )}
    </Dialog>
  );
}
