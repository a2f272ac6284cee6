import type { UploadOptions as FileOptions } from '@wharf/contracts';
import type { UploadStore } from './upload-store.js';

/** What the file is to be like, beside its bytes. */
export type UploadedOptions = Partial<Omit<FileOptions, 'metadata'>> & { metadata?: Record<string, unknown> };

export interface UploadOptions {
  /** The name of a `File` unless given. */
  name?: string;
  /** What the bytes do not tell is believed; that of a `Blob` unless given. */
  type?: string;
  options?: UploadedOptions;
  /** Deliver to this request, and show nothing else. */
  request?: { token: string; password?: string };
  /** Called now and then; `totalBytes` is null while nobody knows. */
  onProgress?: (sentBytes: number, totalBytes: number | null) => void;
  /** Ends it; what the gateway has stays until the upload expires, so that the next one with the same fingerprint goes on. */
  signal?: AbortSignal;
  /** Where an upload is remembered until it is complete. */
  store?: UploadStore;
  /** What makes two sources the same; that of a `File` is made of its path, size and time unless given. Without one nothing is remembered. */
  fingerprint?: string;
}

/** As they stand in the query, and in the metadata of tus: everything is text there. */
export function toText(options: UploadedOptions = {}): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    texts[name] = name === 'metadata' ? JSON.stringify(value) : String(value);
  }
  return texts;
}

export function requestHeaders({ request }: Pick<UploadOptions, 'request'>): Record<string, string> {
  if (!request) return {};
  return {
    'Wharf-Request': request.token,
    ...(request.password !== undefined && { 'Wharf-Request-Password': request.password }),
  };
}

/** Undefined for sources that have no name. */
export function fingerprintOf(source: Blob): string | undefined {
  if (!('lastModified' in source)) return undefined;
  const { lastModified, name, size, webkitRelativePath = '' } = source as File & { webkitRelativePath?: string };
  return [webkitRelativePath || name, size, lastModified].join('|');
}
