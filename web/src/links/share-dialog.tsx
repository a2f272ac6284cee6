import type { ShareLink } from '@wharf/client';
import { useState } from 'preact/hooks';
import { wharf } from '../api/wharf.ts';
import { timeText, words } from '../language/language.ts';
import { Dialog } from '../parts/dialog.tsx';
import { ExpiryChoice, numberOf, textOf } from '../parts/expiry-choice.tsx';
import { Field } from '../parts/field.tsx';
import { Form } from '../parts/form.tsx';
import { NewPasswordField } from '../parts/new-password-field.tsx';
import { ToldAddress } from '../parts/told-address.tsx';

interface ShareOptions {
  uids: readonly string[];
  onClose(): void;
  onShared?(): void;
}

/** Asks how something is to be shared, and then shows its address: once, since nobody knows it afterwards. */
export function ShareDialog({ onClose, onShared, uids }: ShareOptions) {
  const [link, setLink] = useState<ShareLink>();
  const share = async (fields: FormData) => {
    setLink(
      await wharf.links.create(uids, {
        title: textOf(fields, 'title') ?? null,
        expires_in: numberOf(fields, 'expires_in') ?? null,
        max_downloads: numberOf(fields, 'max_downloads') ?? null,
        password: String(fields.get('password')) || null,
      }),
    );
    onShared?.();
  };
  return (
    <Dialog title={words().shareCount(uids.length)} onClose={onClose}>
      {link ? (
        <ToldAddress
          url={link.url}
          label={words().linkAddress}
          hint={words().sharedHint}
          notes={notesOf(link)}
          onClose={onClose}
        />
      ) : (
        <Form action={words().createLink} leave={{ label: words().cancel, onLeave: onClose }} onSubmit={share}>
          <Field label={words().titleOptional} name="title" maxLength={200} />
          <ExpiryChoice label={words().expires} preset="week" />
          <Field
            label={words().downloadLimit}
            name="max_downloads"
            type="number"
            min={1}
            max={2147483647}
            hint={words().limitHint}
          />
          <NewPasswordField />
        </Form>
      )}
    </Dialog>
  );
}

function notesOf({ expires_at, has_password, max_downloads }: ShareLink): (string | undefined)[] {
  return [
    expires_at ? words().until(timeText(expires_at)) : words().never,
    max_downloads === null ? undefined : words().downloadsAllowed(max_downloads),
    has_password ? words().withPassword : undefined,
  ];
}
