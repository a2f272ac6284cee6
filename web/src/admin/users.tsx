import type { User } from '@wharf/contracts';
import { useState } from 'preact/hooks';
import { wharf } from '../api/wharf.ts';
import { sizeText, timeText, words } from '../language/language.ts';
import { Dialog } from '../parts/dialog.tsx';
import { ErrorNote } from '../parts/error-note.tsx';
import { numberOf } from '../parts/expiry-choice.tsx';
import { Choice, Field } from '../parts/field.tsx';
import { Form } from '../parts/form.tsx';
import { Icon } from '../parts/icon.tsx';
import { MoreButton } from '../parts/more-button.tsx';
import { announce } from '../parts/notices.tsx';
import { usePages } from '../parts/use-pages.ts';

/** Who may come, and how much of the room each may take. */
export function Users() {
  const pages = usePages(() => wharf.users.list());
  const { error, isLoading, items, reload } = pages;
  const [edited, setEdited] = useState<User>();
  if (error !== undefined) return <ErrorNote error={error} onRetry={() => void reload()} />;
  return (
    <>
      {items.length === 0 && isLoading && <p class="loading">{words().loading}</p>}
      <ul class="cards">
        {items.map((user) => (
          <li key={user.id} class="card">
            <UserFacts user={user} />
            <button
              type="button"
              class="button"
              onClick={() => setEdited(user)}
              aria-label={words().editOf(user.email)}
            >
              <Icon name="edit" />
              {words().edit}
            </button>
          </li>
        ))}
      </ul>
      <MoreButton pages={pages} />
      {edited && <UserDialog user={edited} onClose={() => setEdited(undefined)} onChanged={() => void reload()} />}
    </>
  );
}

function UserFacts({ user }: { user: User }) {
  const { disabled, email, last_login_at: lastLogin, max_bytes: bytes, max_files: files, role } = user;
  return (
    <div class="card-what">
      <p class="card-title">
        {email} <span class={`badge ${role}`}>{words().roles[role]}</span>
        {disabled && <span class="badge revoked">{words().disabled}</span>}
      </p>
      <p class="hint">
        {[
          bytes === null ? words().noLimit : sizeText(bytes),
          files === null ? undefined : words().fileCount(files),
          lastLogin ? words().lastUsed(timeText(lastLogin)) : words().neverUsed,
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
    </div>
  );
}

const megabyte = 1_000_000;

function UserDialog({ onChanged, onClose, user }: { user: User; onClose(): void; onChanged(): void }) {
  const save = async (fields: FormData) => {
    const megabytes = numberOf(fields, 'megabytes');
    await wharf.users.update(user.id, {
      role: String(fields.get('role')) as User['role'],
      disabled: fields.get('disabled') !== null,
      max_bytes: megabytes === undefined ? null : megabytes * megabyte,
      max_files: numberOf(fields, 'files') ?? null,
      max_uploads: numberOf(fields, 'uploads') ?? null,
    });
    announce(words().saved);
    onChanged();
    onClose();
  };
  return (
    <Dialog title={user.email} onClose={onClose}>
      <Form action={words().save} leave={{ label: words().cancel, onLeave: onClose }} onSubmit={save}>
        <Choice label={words().role} name="role">
          {(['user', 'admin'] as const).map((role) => (
            <option key={role} value={role} selected={role === user.role}>
              {words().roles[role]}
            </option>
          ))}
        </Choice>
        <Field
          label={words().quotaMb}
          name="megabytes"
          type="number"
          min={0}
          step="any"
          defaultValue={user.max_bytes === null ? '' : user.max_bytes / megabyte}
          hint={words().limitHint}
        />
        <div class="field-row">
          <Field label={words().quotaFiles} name="files" type="number" min={0} defaultValue={user.max_files ?? ''} />
          <Field
            label={words().quotaUploads}
            name="uploads"
            type="number"
            min={1}
            defaultValue={user.max_uploads ?? ''}
          />
        </div>
        <label class="check">
          <input type="checkbox" name="disabled" defaultChecked={user.disabled} />
          {words().disabled}
        </label>
      </Form>
    </Dialog>
  );
}
