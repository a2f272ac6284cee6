import type { Context } from 'koa';

/** In which a program shows the password of a link, or of a file request. */
export type PasswordHeader = 'Wharf-Link-Password' | 'Wharf-Request-Password';

/** Undefined where none is shown. Node reads headers as Latin-1; clients send UTF-8 (RFC 9110 §5.5 leaves it open). */
export function readPassword(context: Context, header: PasswordHeader): string | undefined {
  const text = context.get(header);
  if (text === '') return undefined;
  const bytes = Buffer.from(text, 'latin1');
  const decoded = bytes.toString('utf8');
  return Buffer.from(decoded, 'utf8').equals(bytes) ? decoded : text;
}

/** As a request to metadata takes it: what a proxy tells of a client may be of any length. */
export function addressOf({ ip }: Context): string {
  return ip.slice(0, 64);
}
