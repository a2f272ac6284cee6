/**
 * The same password typed on another keyboard or system: as the OpaqueString profile says (RFC 8265 §4.2), every space is an ASCII
 * space, and the text is in NFC. Not NFKC, which makes different passwords alike (`ﬁ` and `fi`, `①` and `1`).
 */
export function normalizePassword(password: string): string {
  return password.replace(/\p{Zs}/gu, ' ').normalize('NFC');
}
