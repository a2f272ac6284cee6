/** What a name is searched by: in `name_search` the text itself, in `name_trigrams` what an index can find it by. */
export interface NameSearch {
  nameSearch: string;
  nameTrigrams: number[];
}

const trigramLength = 3;

export function nameSearchOf(name: string): NameSearch {
  const nameSearch = foldCase(name);
  return { nameSearch, nameTrigrams: trigramsOf(nameSearch) };
}

/**
 * Lower case in NFC, by Unicode's own tables: what the database's `lower` knows depends on its locale, down to ASCII alone.
 * The final sigma is a sigma: a name is searched by parts, and what ends a part does not end a word.
 */
export function foldCase(text: string): string {
  return text.normalize('NFC').toLowerCase().replaceAll('ς', 'σ').normalize('NFC');
}

/**
 * Every three UTF-16 units in a row, as a number each, without repetition: the trigrams of a part of a name are all among
 * those of the name. Different ones may share a number, so what is found is compared with the text as well.
 * Instead of the extension pg_trgm, which not every database has.
 */
export function trigramsOf(folded: string): number[] {
  const trigrams = new Set<number>();
  for (let end = trigramLength; end <= folded.length; end++) {
    let hash = 0;
    for (let index = end - trigramLength; index < end; index++) {
      hash = (Math.imul(hash, 65_599) + folded.charCodeAt(index)) | 0;
    }
    trigrams.add(hash);
  }
  return [...trigrams];
}
