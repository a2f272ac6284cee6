import { Uid } from '@wharf/contracts';
import { invalidHeader } from '../invalid-header.js';

const header = 'Upload-Concat';
const address = /^(?:https?:\/\/[^/?#]+)?\/(?:[^?#]*\/)?uploads\/([0-9a-f-]{36})$/;

export type Concat = { kind: 'partial' } | { kind: 'final'; parts: readonly string[] };

/** The header `Upload-Concat`: `partial`, or `final;` and the addresses of the parts. Throws `invalid_request`. */
export function parseConcat(sent: string | string[] | undefined): Concat | undefined {
  if (sent === undefined) return undefined;
  const text = String(sent).trim();
  if (text === 'partial') return { kind: 'partial' };
  const [kind, addresses = ''] = text.split(/;(.*)/s);
  if (kind !== 'final') throw invalidHeader(header, 'must be partial, or final with the addresses of the parts');
  const parts = addresses.trim().split(/ +/).map(uidOf);
  return { kind: 'final', parts };
}

/** As it is told again. */
export function formatConcat(kind: 'partial' | 'final', parts: readonly { uid: string }[] = []): string {
  return kind === 'partial' ? kind : `final;${parts.map(({ uid }) => `/api/v1/uploads/${uid}`).join(' ')}`;
}

function uidOf(text: string): string {
  const uid = Uid.safeParse(address.exec(text)?.[1]);
  if (!uid.success) throw invalidHeader(header, 'must have addresses of uploads for its parts');
  return uid.data;
}
