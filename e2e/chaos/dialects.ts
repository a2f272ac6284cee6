import { metadataOf, pieceType, tus } from '../../services/gateway/test/tus-client.ts';

interface Sending {
  path: string;
  headers: Record<string, string>;
}

/** What a client says of an upload in pieces, in one of the two protocols. */
export interface Dialect {
  begin(upload: { name: string; length: number }): Sending;
  /** The pieces behind the first. */
  append(piece: { offset: number; isLast: boolean }): Record<string, string>;
  ask: Record<string, string>;
  /** Whether an answer says that the upload is a file. */
  isFile(headers: Headers): boolean;
}

export const tusDialect: Dialect = {
  begin: ({ length, name }) => ({
    path: '/api/v1/uploads',
    headers: { ...tus, ...pieceType, 'Upload-Length': String(length), ...metadataOf({ filename: name }) },
  }),
  append: ({ offset }) => ({ ...tus, ...pieceType, 'Upload-Offset': String(offset) }),
  ask: tus,
  isFile: (headers) => headers.has('Wharf-File'),
};

export const ietfDialect: Dialect = {
  begin: ({ length, name }) => ({
    path: `/api/v1/files/stream?filename=${name}`,
    headers: { 'Upload-Complete': '?0', 'Upload-Length': String(length) },
  }),
  append: ({ isLast, offset }) => ({
    'Content-Type': 'application/partial-upload',
    'Upload-Offset': String(offset),
    'Upload-Complete': isLast ? '?1' : '?0',
  }),
  ask: {},
  isFile: (headers) => headers.get('Upload-Complete') === '?1',
};
