import type { IncomingMessage } from 'node:http';
import { type BareItem, parseItem } from 'structured-headers';
import type { Config } from '../../../config.js';
import { olderVersion } from '../protocol.js';

/** What the headers of a request say; undefined where they say nothing that counts. */
export interface DraftRequest {
  /** The version that both sides speak. Without one, and by HTTP/1.0, no interim answer is sent. */
  version: number | undefined;
  isLast: boolean | undefined;
  offset: number | undefined;
  length: number | undefined;
}

/** A header with another value than its own is ignored, as the draft has it. */
export function readDraftRequest(
  { headers, httpVersion }: Pick<IncomingMessage, 'headers' | 'httpVersion'>,
  { uploadInteropVersions }: Pick<Config, 'uploadInteropVersions'>,
): DraftRequest {
  const named = count(headers['upload-draft-interop-version']);
  const version = uploadInteropVersions.find((each) => each === named && httpVersion !== '1.0');
  return {
    version,
    isLast: boolean(headers['upload-complete']),
    offset: count(headers['upload-offset']),
    length: count(headers['upload-length']),
  };
}

/** Whether a PATCH is the last; undefined where it has to say so, and does not. */
export function isLastAppend({ isLast, version }: DraftRequest): boolean | undefined {
  return isLast ?? (version === olderVersion ? true : undefined);
}

function boolean(header: string | string[] | undefined): boolean | undefined {
  const value = itemOf(header);
  return typeof value === 'boolean' ? value : undefined;
}

function count(header: string | string[] | undefined): number | undefined {
  const value = itemOf(header);
  // The library gives Integers and Decimals as numbers: `5.0` is a Decimal.
  const isInteger = Number.isInteger(value) && !String(header).split(';')[0]?.includes('.');
  return isInteger && (value as number) >= 0 ? (value as number) : undefined;
}

function itemOf(header: string | string[] | undefined): BareItem | undefined {
  if (typeof header !== 'string') return undefined;
  try {
    return parseItem(header)[0];
  } catch {
    return undefined;
  }
}
