import { types } from 'mime-types';

/** Extensions that the table gives to a binary format, or to none, and that texts have more often. */
const textTypes: Record<string, string> = {
  cts: 'text/typescript',
  mts: 'text/typescript',
  ts: 'text/typescript',
  tsx: 'text/typescript',
};

/** Types within another format for which the table has no word, or that of another one. */
const innerTypes: Record<string, Record<string, string>> = {
  'application/pdf': { ai: 'application/illustrator' },
  'application/zip': { cbz: 'application/vnd.comicbook+zip', ipa: 'application/x-itunes-ipa' },
  'application/x-rar-compressed': { cbr: 'application/vnd.comicbook-rar' },
  'application/x-cfb': { msi: 'application/x-msi', vsd: 'application/vnd.visio', pub: 'application/vnd.ms-publisher' },
};

/** The type that files of this extension have. A `.ts` that is text is TypeScript, else a transport stream. */
export function typeOfExtension(extension: string, isText: boolean, sniffed: string | undefined): string | undefined {
  const inner = sniffed === undefined ? undefined : innerTypes[sniffed];
  return (inner && own(inner, extension)) ?? (isText ? own(textTypes, extension) : undefined) ?? own(types, extension);
}

/** Extensions come from strangers: `constructor` is one. */
function own(table: Record<string, string>, extension: string): string | undefined {
  return Object.hasOwn(table, extension) ? table[extension] : undefined;
}
