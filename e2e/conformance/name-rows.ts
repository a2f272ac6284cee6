/** A name as it is sent, and as every download has to give it back. */
export type NameRow = [sent: string, kept: string];

const same = (name: string): NameRow => [name, name];

export const nameRows: NameRow[] = [
  same('plan.txt'),
  same('no extension'),
  same('.hidden'),
  same('annual  report.pdf'),
  same('he said "no".txt'),
  same('"quoted"'),
  same('ends with a quote".txt'),
  same('a";filename="evil.exe'),
  same("it's 'fine'.txt"),
  same('a;b.txt'),
  same('a,b.txt'),
  same('a=b&c.txt'),
  same('100%.txt'),
  same('50%41.txt'),
  same('%E2%82%AC.txt'),
  same("UTF-8''a.txt"),
  same('(1) [2] {3} <4>.txt'),
  same('what? #1 *new*.txt'),
  same('=?utf-8?Q?mail?=.txt'),
  same('naïve café.txt'),
  same('Übergröße £5.txt'),
  same('отчёт за год.pdf'),
  same('報告書.pdf'),
  same('🚢 voyage.bin'),
  same('עברית.txt'),
  ['cafe\u0301.txt', 'caf\u00e9.txt'],
  ['folder/plan.txt', 'plan.txt'],
  ['C:\\folder\\plan.txt', 'plan.txt'],
  ['back\\"slash".txt', '"slash".txt'],
  ['tab\tand\u0007bell.txt', 'tabandbell.txt'],
  ['a\r\nSet-Cookie: x=y.txt', 'aSet-Cookie: x=y.txt'],
  ['photo\u202egnp.exe', 'photognp.exe'],
  ['\u2067\u05d0\u2069 \u200f\u061c1.txt', '\u05d0 1.txt'],
  ['two\u2028lines.txt', 'twolines.txt'],
  same('\u0645\u06cc\u200c\u0631\u0648\u0645.txt'),
  same('\ud83d\udc69\u200d\ud83d\ude80.png'),
  ['folder/', 'unnamed'],
  ['.', 'unnamed'],
  ['..', 'unnamed'],
  ['folder/..', 'unnamed'],
  [`${'a'.repeat(300)}.txt`, `${'a'.repeat(251)}.txt`],
  [`${'я'.repeat(200)}.txt`, `${'я'.repeat(125)}.txt`],
  [`${'🚢'.repeat(100)}.png`, `${'🚢'.repeat(62)}.png`],
];

export interface Disposition {
  type: string;
  /** What a reader of RFC 6266 saves the file as: `filename*` before `filename`. */
  name: string | undefined;
  /** `filename` alone, for readers that know nothing else. */
  fallback: string | undefined;
}

const parameter = /^\s*;\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([!#$&'*+.^_`|~\w%-]+))/;
const extendedValue = /^UTF-8'[A-Za-z-]*'((?:[!#$&+.^_`|~\w-]|%[0-9A-F]{2})*)$/i;

/** Reads a Content-Disposition strictly by RFC 6266 §4.1 and RFC 8187 §3.2; whatever does not fit is an error. */
export function readDisposition(header: string): Disposition {
  if (!/^[ -~]+$/.test(header)) throw new Error(`not in ASCII: ${header}`);
  const type = /^[\w-]+/.exec(header)?.[0] ?? '';
  const parameters = new Map<string, string>();
  for (let rest = header.slice(type.length); rest !== ''; ) {
    const match = parameter.exec(rest);
    const name = match?.[1]?.toLowerCase();
    if (!match || !name || parameters.has(name)) throw new Error(`malformed at "${rest}" of ${header}`);
    parameters.set(name, match[2]?.replaceAll(/\\(.)/g, '$1') ?? (match[3] as string));
    rest = rest.slice(match[0].length);
  }
  const extended = parameters.get('filename*');
  const encoded = extended === undefined ? undefined : extendedValue.exec(extended)?.[1];
  if (extended !== undefined && encoded === undefined) throw new Error(`malformed filename* in ${header}`);
  const fallback = parameters.get('filename');
  return { type, name: encoded === undefined ? fallback : decodeURIComponent(encoded), fallback };
}
