import { words } from '../language/language.ts';
import { errorText } from './error-text.ts';
import { Icon } from './icon.tsx';

/** Where something should stand that could not be had. */
export function ErrorNote({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  return (
    <div class="error-note" role="alert">
      <Icon name="warning" />
      <span>{errorText(error)}</span>
      {onRetry && (
        <button type="button" class="button" onClick={onRetry}>
          {words().retry}
        </button>
      )}
    </div>
  );
}
