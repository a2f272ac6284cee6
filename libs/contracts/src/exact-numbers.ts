/**
 * Strings, numbers, what decides at which key of the outermost object they stand, and all else. Sticky: a search for each would look
 * for its end from every place.
 */
const token = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[{}[\],]|[^"{}[\],\d-]+/gy;

const numberStart = /[-\d]/;

/** A number that is another one once it was read, and the key of the outermost object below which it stands. */
export interface InexactNumber {
  key: string;
  text: string;
}

/**
 * The first number of a JSON text that a double does not keep (RFC 8259 §6): ids of more than 15 digits among them, `1e400` and
 * digits beyond the seventeenth. Undefined where there is none. The text is valid JSON.
 */
export function inexactNumberIn(text: string): InexactNumber | undefined {
  let depth = 0;
  let key = '';
  let isKeyNext = false;
  for (const [found] of text.matchAll(token)) {
    const first = found[0] as string;
    if (first === '{' || first === '[') isKeyNext = ++depth === 1;
    else if (first === '}' || first === ']') depth--;
    else if (first === ',') isKeyNext = depth === 1;
    else if (first === '"') {
      if (isKeyNext) key = JSON.parse(found) as string;
      isKeyNext = false;
    } else if (numberStart.test(first) && !isExact(found)) return { key, text: found };
  }
  return undefined;
}

/** What its sender is told. */
export function inexactMessage({ text }: InexactNumber): string {
  const longestText = 40;
  const shown = text.length > longestText ? `${text.slice(0, longestText)}…` : text;
  return `the number ${shown} would come back as another one: send it as a string`;
}

function isExact(text: string): boolean {
  // Fewer digits than a double always keeps, and no exponent.
  if (text.length < 16 && !/e/i.test(text)) return true;
  const value = Number(text);
  return Number.isFinite(value) && canonical(text) === canonical(String(value));
}

/** One text for each number: its digits without zeros at either end, and the power of ten of the last one. */
function canonical(number: string): string {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.slice(0, lengthWithoutZeros(digits));
  if (significant === '') return '0';
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

/** By steps: a pattern for the zeros at the end tries each run of zeros to its end, from each of them. */
function lengthWithoutZeros(digits: string): number {
  let length = digits.length;
  while (length > 0 && digits[length - 1] === '0') length--;
  return length;
}
