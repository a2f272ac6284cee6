import { isTypeValid, parse } from 'content-type';
import { SparingParser } from './sparing-parser.js';

const unknownType = 'application/octet-stream';

/** The type that the bytes show; else the declared one, without parameters; else `application/octet-stream`. */
export async function detectContentType(head: Buffer, declared: string | undefined): Promise<string> {
  const sniffed = await new SparingParser().fromBuffer(head);
  return sniffed?.mime ?? essenceOf(declared) ?? unknownType;
}

/** Whether a type is on the list; `image/*` stands for all images, an empty list for all types. */
export function isAllowedType(contentType: string, allowed: readonly string[]): boolean {
  if (allowed.length === 0) return true;
  return allowed.some((entry) =>
    entry.endsWith('/*') ? contentType.startsWith(entry.slice(0, -1)) : contentType === entry.toLowerCase(),
  );
}

function essenceOf(declared: string | undefined): string | undefined {
  if (!declared) return undefined;
  const { type } = parse(declared, { parameters: false });
  return isTypeValid(type) ? type.toLowerCase() : undefined;
}
