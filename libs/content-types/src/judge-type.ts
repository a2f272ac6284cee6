import { charsetOf } from './charset.js';
import { detectContentType, requireAllowedType } from './detect-content-type.js';
import { readTextHead } from './text-head.js';

export interface JudgedType {
  contentType: string;
  /** Undefined where it is unknown, or the file is no text. */
  charset: string | undefined;
}

interface Told {
  /** The type as its sender declared it. */
  declaredType: string | undefined;
  /** Of its name: lower case, without the dot. */
  extension: string;
  /** The types that are taken; empty for all. */
  allowed: readonly string[];
}

/** What a file is by its first bytes and by what was told of it. Throws `content_type_not_allowed`. */
export async function judgeType(head: Buffer, { allowed, declaredType, extension }: Told): Promise<JudgedType> {
  const text = readTextHead(head);
  const contentType = await detectContentType(head, declaredType, { extension, text });
  requireAllowedType(contentType, allowed);
  return { contentType, charset: charsetOf(contentType, declaredType, text) };
}
