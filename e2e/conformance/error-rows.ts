/** Stand for files of the test in the paths below. */
export type Place = 'file' | 'deleted' | 'expired';

export interface ErrorRow {
  title: string;
  method?: string;
  /** What stands after `/api/v1/files/`; `<file>`, `<deleted>` and `<expired>` are uids of such files. */
  path: string;
  headers?: Record<string, string>;
  status: number;
  code: string;
}

const unknown = '01936f2e-8a3b-7c4d-9e5f-0123456789ab';
const badUid = (title: string, path: string): ErrorRow => ({ title, path, status: 400, code: 'invalid_uid' });

export const errorRows: ErrorRow[] = [
  badUid('a word', 'voyage'),
  badUid('a number', '1'),
  badUid('capital letters', unknown.toUpperCase()),
  badUid('another version of UUID', '01936f2e-8a3b-4c4d-9e5f-0123456789ab'),
  badUid('another variant of UUID', '01936f2e-8a3b-7c4d-ce5f-0123456789ab'),
  badUid('a uid without dashes', unknown.replaceAll('-', '')),
  badUid('a digit too few', unknown.slice(0, -1)),
  badUid('a digit too many', `${unknown}0`),
  badUid('a blank after it', `${unknown}%20`),
  badUid('a line after it', `${unknown}%0a`),
  badUid('a NUL', `${unknown.slice(0, -1)}%00`),
  badUid('a path', '..%2f..%2fetc%2fpasswd'),
  badUid('half an escape', '%zz'),
  badUid('bytes that are no UTF-8', '%ff%fe'),
  { title: 'an unknown file', path: unknown, status: 404, code: 'file_not_found' },
  {
    title: 'an unknown file and a condition (§13.2.1: conditions count for success only)',
    path: unknown,
    headers: { 'If-Match': '"x"' },
    status: 404,
    code: 'file_not_found',
  },
  {
    title: 'an unknown file and a range',
    path: unknown,
    headers: { Range: 'bytes=0-1' },
    status: 404,
    code: 'file_not_found',
  },
  { title: 'a deleted file', path: '<deleted>', status: 410, code: 'file_deleted' },
  {
    title: 'a deleted file that the client has',
    path: '<deleted>',
    headers: { 'If-None-Match': '*' },
    status: 410,
    code: 'file_deleted',
  },
  {
    title: 'a deleted file and a range',
    path: '<deleted>',
    headers: { Range: 'bytes=0-1' },
    status: 410,
    code: 'file_deleted',
  },
  { title: 'an expired file', path: '<expired>', status: 410, code: 'file_expired' },
  {
    title: 'an expired file and a condition',
    path: '<expired>',
    headers: { 'If-Match': '"x"' },
    status: 410,
    code: 'file_expired',
  },
  ...['POST', 'PUT'].map((method) => ({
    title: `${method} of a file`,
    method,
    path: '<file>',
    status: 405,
    code: 'method_not_allowed',
  })),
];
