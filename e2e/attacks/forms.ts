import { head } from './exchange.ts';

export const boundary = 'edge';

/** A part of a form; `headers` stand in it as they are, each line ended. */
export function part(name: string, headers: string, body = 'x'): string {
  return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n${headers}\r\n${body}\r\n`;
}

export const lastBoundary = `--${boundary}--\r\n`;

/** The head of an upload by form; without a length it is sent in chunks. */
export function formHead(length?: number): string {
  return head('POST', '/api/v1/files', {
    'Content-Type': `multipart/form-data; boundary=${boundary}`,
    Connection: 'close',
    ...(length === undefined ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': length }),
  });
}
