import { words } from '../language/language.ts';
import type { Pages } from './use-pages.ts';

export function MoreButton({ pages: { isLoading, more } }: { pages: Pages<unknown> }) {
  if (!more) return null;
  return (
    <button type="button" class="button wide" aria-disabled={isLoading} onClick={() => !isLoading && void more()}>
      {words().more}
    </button>
  );
}
