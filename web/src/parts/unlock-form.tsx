import { words } from '../language/language.ts';
import { Field } from './field.tsx';
import { Form } from './form.tsx';
import { Icon } from './icon.tsx';

/** Of a link or a request that has a password. */
export function UnlockForm({ onUnlock }: { onUnlock(password: string): Promise<void> }) {
  return (
    <div class="unlock">
      <Icon name="lock" />
      <h1>{words().locked}</h1>
      <Form action={words().unlock} onSubmit={(fields) => onUnlock(String(fields.get('password')))}>
        <Field label={words().password} name="password" type="password" required autocomplete="off" maxLength={1024} />
      </Form>
    </div>
  );
}
