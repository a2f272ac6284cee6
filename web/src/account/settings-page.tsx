import { useState } from 'preact/hooks';
import { wharf } from '../api/wharf.ts';
import { words } from '../language/language.ts';
import { Appearance } from '../parts/appearance.tsx';
import { Field } from '../parts/field.tsx';
import { Form } from '../parts/form.tsx';
import { announce, complain } from '../parts/notices.tsx';
import { session, signOut } from '../session/session.ts';
import { Keys } from './keys.tsx';
import { Sessions } from './sessions.tsx';

/** What belongs to somebody beside files. */
export function SettingsPage() {
  const now = session.value;
  return (
    <div class="page">
      <h1>{words().settings}</h1>
      <Appearance />
      {now.kind === 'user' && (
        <>
          <section class="account">
            <h2>{words().account}</h2>
            <p>{now.user.email}</p>
            <button type="button" class="button" onClick={() => void signOut().catch(complain)}>
              {words().signOut}
            </button>
          </section>
          <PasswordForm />
          <Keys />
          <Sessions />
        </>
      )}
    </div>
  );
}

function PasswordForm() {
  // Empties the fields once it is done.
  const [turn, setTurn] = useState(0);
  const change = async (fields: FormData) => {
    await wharf.auth.changePassword({
      current_password: String(fields.get('current')),
      new_password: String(fields.get('next')),
    });
    announce(words().passwordChanged);
    setTurn(turn + 1);
  };
  return (
    <section key={turn}>
      <h2>{words().changePassword}</h2>
      <Form action={words().changePassword} onSubmit={change}>
        <Field
          label={words().currentPassword}
          name="current"
          type="password"
          required
          autocomplete="current-password"
        />
        <Field
          label={words().newPassword}
          name="next"
          type="password"
          required
          minLength={8}
          autocomplete="new-password"
          hint={words().passwordHint}
        />
      </Form>
    </section>
  );
}
