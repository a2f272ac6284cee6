import { UploadOptions } from '@wharf/contracts';

export const optionNames = Object.keys(UploadOptions.shape) as (keyof UploadOptions)[];

const spellings = optionNames.map((name) => ({ name, letters: lettersOf(name) }));
const longestName = 100;
const lettersAnEdit = 6;

export function isOption(name: string): name is keyof UploadOptions {
  return (optionNames as string[]).includes(name);
}

/**
 * The option that somebody who writes this name means: in another spelling, with a slip, as part of a path such as
 * `metadata[album]`, or by another word for its end. Undefined for names that are nobody's wish: forms bring many.
 */
export function optionResembling(name: string): string | undefined {
  if (name.length > longestName) return undefined;
  for (const word of name.normalize('NFKC').split(/[[\].]/)) {
    const letters = lettersOf(word);
    const found = spellings.find((option) => isClose(letters, option.letters));
    if (found) return found.name;
    if (letters.startsWith('expir')) return 'expires_in or expires_at';
  }
  return undefined;
}

function lettersOf(name: string): string {
  return name.toLowerCase().replaceAll(/[-_\s]/g, '');
}

/** One slip in six letters: `message` and `meta` are words of their own. */
function isClose(letters: string, option: string): boolean {
  const mostEdits = Math.floor(option.length / lettersAnEdit);
  return Math.abs(letters.length - option.length) <= mostEdits && editsBetween(letters, option) <= mostEdits;
}

/** Letters to insert, leave out, replace, or swap with their neighbour (optimal string alignment). */
function editsBetween(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        (last[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (last[column - 1] as number) + (isSame ? 0 : 1),
        isSwapped ? (beforeLast[column - 2] as number) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length] as number;
}
