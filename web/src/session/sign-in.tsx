import { useState } from 'preact/hooks';
import { words } from '../language/language.ts';
import { Appearance } from '../parts/appearance.tsx';
import { Field } from '../parts/field.tsx';
import { Form } from '../parts/form.tsx';
import { signIn } from './session.ts';

/** Before anything else, where not everybody may do everything. */
export function SignIn() {
  const [isNew, setNew] = useState(false);
  const enter = (fields: FormData) =>
    signIn({ email: String(fields.get('email')), password: String(fields.get('password')) }, isNew);
  return (
    <main class="door">
      <div class="door-card">
        <p class="brand">Wharf</p>
        <h1>{isNew ? words().register : words().signIn}</h1>
        <Form key={String(isNew)} action={isNew ? words().register : words().signIn} onSubmit={enter}>
          <Field label={words().email} name="email" type="email" required autocomplete="username" />
          <Field
            label={words().password}
            name="password"
            type="password"
            required
            autocomplete={isNew ? 'new-password' : 'current-password'}
            {...(isNew && { minLength: 8, hint: words().passwordHint })}
          />
        </Form>
        <button type="button" class="button quiet" onClick={() => setNew(!isNew)}>
          {isNew ? words().haveAccount : words().noAccount}
        </button>
      </div>
      <Appearance />
    </main>
  );
}
