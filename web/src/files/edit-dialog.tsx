import type { FileChanges } from '@wharf/client';
import type { FileRecord } from '@wharf/contracts';
import { wharf } from '../api/wharf.ts';
import { words } from '../language/language.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Choice, Field } from '../parts/field.tsx';
import { Form } from '../parts/form.tsx';
import { fromLocalInput, toLocalInput } from '../parts/local-time.ts';
import { announce } from '../parts/notices.tsx';

interface EditOptions {
  record: FileRecord;
  onClose(): void;
  onChanged(): void;
}

export function EditDialog({ onChanged, onClose, record }: EditOptions) {
  const save = async (fields: FormData) => {
    await wharf.files.update(record.uid, changesOf(fields, record));
    announce(words().saved);
    onChanged();
    onClose();
  };
  return (
    <Dialog title={words().edit} onClose={onClose}>
      <Form action={words().save} leave={{ label: words().cancel, onLeave: onClose }} onSubmit={save}>
        <Field label={words().name} name="name" required defaultValue={record.original_name} maxLength={255} />
        <Field
          label={words().expires}
          name="expires"
          type="datetime-local"
          defaultValue={toLocalInput(record.expires_at)}
          hint={words().expiryHint}
        />
        <Field
          label={words().downloadLimit}
          name="limit"
          type="number"
          min={1}
          max={2147483647}
          defaultValue={record.max_downloads ?? ''}
          hint={words().limitHint}
        />
        <Choice label={words().visibility} name="visibility" defaultValue={record.visibility}>
          {(['private', 'public'] as const).map((visibility) => (
            <option key={visibility} value={visibility} selected={visibility === record.visibility}>
              {words().visibilities[visibility]}
            </option>
          ))}
        </Choice>
      </Form>
    </Dialog>
  );
}

/** What was not touched is left out, so that somebody else's change of it stays. */
function changesOf(fields: FormData, record: FileRecord): FileChanges {
  const name = String(fields.get('name'));
  const expires = String(fields.get('expires'));
  const limit = String(fields.get('limit'));
  const visibility = String(fields.get('visibility')) as FileRecord['visibility'];
  return {
    ...(name !== record.original_name && { original_name: name }),
    ...(expires !== toLocalInput(record.expires_at) && { expires_at: fromLocalInput(expires) }),
    ...(limit !== String(record.max_downloads ?? '') && { max_downloads: limit === '' ? null : Number(limit) }),
    ...(visibility !== record.visibility && { visibility }),
  };
}
