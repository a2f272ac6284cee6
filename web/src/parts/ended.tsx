import { WharfError } from '@wharf/client';
import { words } from '../language/language.ts';
import { ErrorNote } from './error-note.tsx';
import { Icon } from './icon.tsx';

const ends: readonly string[] = [
  ...['link_not_found', 'link_revoked', 'link_expired', 'downloads_exhausted', 'file_deleted', 'file_expired'],
  ...['request_not_found', 'request_closed', 'request_expired'],
];

/** Says why there is nothing at an address any more; what may pass can be tried again. */
export function Ended({ error, onRetry, title }: { error: unknown; title: string; onRetry(): void }) {
  if (!(error instanceof WharfError) || !ends.includes(error.code))
    return <ErrorNote error={error} onRetry={onRetry} />;
  const texts: Record<string, string | undefined> = words().errors;
  return (
    <div class="empty" role="alert">
      <Icon name="link" />
      <h1>{title}</h1>
      <p>{texts[error.code]}</p>
    </div>
  );
}
