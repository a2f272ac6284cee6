import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { ErrorNote } from './error-note.tsx';

interface FormOptions {
  /** On the button that sends it. */
  action: string;
  isDangerous?: boolean;
  onSubmit(fields: FormData): Promise<void>;
  /** Without it there is no button to leave. */
  leave?: { label: string; onLeave(): void };
  children?: ComponentChildren;
}

/** Is sent once at a time, and tells why it could not be done. */
export function Form({ action, children, isDangerous, leave, onSubmit }: FormOptions) {
  const [error, setError] = useState<unknown>();
  const [isRunning, setRunning] = useState(false);
  const submit = async (form: HTMLFormElement) => {
    setRunning(true);
    setError(undefined);
    try {
      await onSubmit(new FormData(form));
    } catch (thrown) {
      setError(thrown);
    } finally {
      setRunning(false);
    }
  };
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isRunning) void submit(event.currentTarget);
      }}
    >
      {children}
      {error !== undefined && <ErrorNote error={error} />}
      <div class="form-actions">
        {leave && (
          <button type="button" class="button" onClick={leave.onLeave}>
            {leave.label}
          </button>
        )}
        <button type="submit" class={isDangerous ? 'button danger' : 'button primary'} aria-disabled={isRunning}>
          {action}
        </button>
      </div>
    </form>
  );
}
