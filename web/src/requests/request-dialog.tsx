import type { FileRequest, NewRequest } from '@wharf/client';
import { useState } from 'preact/hooks';
import { wharf } from '../api/wharf.ts';
import { timeText, words } from '../language/language.ts';
import { Dialog } from '../parts/dialog.tsx';
import { ExpiryChoice, numberOf, textOf } from '../parts/expiry-choice.tsx';
import { Choice, Field } from '../parts/field.tsx';
import { Form } from '../parts/form.tsx';
import { NewPasswordField } from '../parts/new-password-field.tsx';
import { ToldAddress } from '../parts/told-address.tsx';

const megabyte = 1_000_000;

/** Asks what may be delivered, and then shows the address of the page for it: once. */
export function RequestDialog({ onClose, onCreated }: { onClose(): void; onCreated(): void }) {
  const [request, setRequest] = useState<FileRequest>();
  const create = async (fields: FormData) => {
    setRequest(await wharf.requests.create(requestOf(fields)));
    onCreated();
  };
  return (
    <Dialog title={words().newRequest} onClose={onClose}>
      {request?.url ? (
        <ToldAddress
          url={request.url}
          label={words().requestAddress}
          hint={words().requestHint}
          notes={[words().until(timeText(request.expires_at))]}
          onClose={onClose}
        />
      ) : (
        <Form action={words().createRequest} leave={{ label: words().cancel, onLeave: onClose }} onSubmit={create}>
          <Field label={words().title} name="title" required maxLength={200} />
          <Field label={words().messageOptional} name="message" maxLength={2000} />
          <div class="field-row">
            <Field
              label={words().maxFiles}
              name="max_files"
              type="number"
              required
              min={1}
              max={100000}
              defaultValue={10}
            />
            <Field label={words().maxFileSizeMb} name="max_file_mb" type="number" required min={1} defaultValue={100} />
          </div>
          <Choice label={words().allowedTypes} name="allowed_types">
            <option value="">{words().allTypes}</option>
            {(['image/*', 'video/*', 'audio/*', 'application/pdf'] as const).map((type) => (
              <option key={type} value={type}>
                {words().acceptedTypes[type]}
              </option>
            ))}
          </Choice>
          <ExpiryChoice label={words().expires} preset="week" hasNever={false} />
          <NewPasswordField />
        </Form>
      )}
    </Dialog>
  );
}

function requestOf(fields: FormData): NewRequest {
  const maxFiles = numberOf(fields, 'max_files') ?? 1;
  const maxFileSize = (numberOf(fields, 'max_file_mb') ?? 1) * megabyte;
  const message = textOf(fields, 'message');
  const type = textOf(fields, 'allowed_types');
  const password = String(fields.get('password'));
  return {
    title: textOf(fields, 'title') ?? '',
    max_files: maxFiles,
    max_file_size: maxFileSize,
    max_bytes: maxFiles * maxFileSize,
    expires_in: numberOf(fields, 'expires_in') ?? 0,
    ...(message !== undefined && { message }),
    ...(type !== undefined && { allowed_types: [type] }),
    ...(password !== '' && { password }),
  };
}
