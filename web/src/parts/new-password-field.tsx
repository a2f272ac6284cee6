import { words } from '../language/language.ts';
import { Field } from './field.tsx';

/** For what is shared: whoever has its address needs this as well. */
export function NewPasswordField() {
  return (
    <Field
      label={words().passwordOptional}
      name="password"
      type="password"
      autocomplete="new-password"
      maxLength={256}
    />
  );
}
