import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';

type FieldOptions = Omit<JSX.IntrinsicElements['input'], 'label'> & { label: string; hint?: string };

/** An input with its label, and a hint that belongs to it. */
export function Field({ hint, label, ...input }: FieldOptions) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input id={id} {...input} {...(hint && { 'aria-describedby': `${id}-hint` })} />
      {hint && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
    </div>
  );
}

type ChoiceOptions = Omit<JSX.IntrinsicElements['select'], 'label'> & { label: string; children: ComponentChildren };

export function Choice({ children, label, ...select }: ChoiceOptions) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} {...select}>
        {children}
      </select>
    </div>
  );
}
