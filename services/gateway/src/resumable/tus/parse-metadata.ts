import { isUtf8 } from 'node:buffer';
import type { UploadOptions } from '@wharf/contracts';
import { requireNoSlip } from '../../uploads/require-options.js';
import { isOption } from '../../uploads/resembling-option.js';
import { parseUploadOptions } from '../../uploads/upload-options.js';
import { invalidHeader } from '../invalid-header.js';

export interface DescribedFile {
  name: string;
  /** As the client declares it. */
  type: string | undefined;
  options: UploadOptions;
}

const header = 'Upload-Metadata';
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;
const key = /^[\x21-\x2b\x2d-\x7e]+$/;
const longestType = 255;

/**
 * The header `Upload-Metadata`: name and type, as clients call them, and the options of uploads. Other keys are left alone.
 * Throws `invalid_request`.
 */
export function describeFile(sent: string | undefined): DescribedFile {
  const fields = parseMetadata(sent);
  for (const name of fields.keys()) if (!isOption(name)) requireNoSlip(name);
  const type = fields.get('filetype') ?? fields.get('type');
  return {
    name: fields.get('filename') ?? fields.get('name') ?? '',
    type: type === undefined || type.length > longestType ? undefined : type,
    options: parseUploadOptions(Object.fromEntries(fields)),
  };
}

/** By key. A key without a value is empty text. Throws `invalid_request`. */
function parseMetadata(sent = ''): Map<string, string> {
  const fields = new Map<string, string>();
  if (sent.trim() === '') return fields;
  for (const pair of sent.split(',')) {
    const [name = '', value = '', ...more] = pair.trim().split(/ +/);
    if (!key.test(name) || more.length > 0) throw invalidHeader(header, 'must be pairs of a key and a value in Base64');
    if (fields.has(name)) throw invalidHeader(header, `must have the key ${name} once`);
    fields.set(name, decode(name, value));
  }
  return fields;
}

function decode(name: string, value: string): string {
  if (!base64.test(value)) throw invalidHeader(header, `must have the value of ${name} in Base64`);
  const bytes = Buffer.from(value, 'base64');
  if (!isUtf8(bytes)) throw invalidHeader(header, `must have the value of ${name} in UTF-8`);
  return bytes.toString('utf8');
}
