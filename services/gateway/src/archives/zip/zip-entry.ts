/** A file within a zip archive. */
export interface ZipEntry {
  /** With `/` between folders, if any. */
  name: string;
  sizeBytes: number;
  modifiedAtMs: number;
}

/** An entry that was written: what is known of it only then. */
export interface WrittenEntry extends ZipEntry {
  crc32: number;
  /** Of its header, from the beginning of the archive. */
  offset: number;
}

/** Values that need 64 bits stand in an extra field, and this in their place (APPNOTE 4.4.1.4). */
export const inExtraField = 0xffffffff;

/** Whether the entry has the form of ZIP64. */
export function isLarge({ sizeBytes }: ZipEntry): boolean {
  return sizeBytes >= inExtraField;
}

/** Unix, by version 4.5 of the specification. */
export const madeBy = (3 << 8) | 45;
const plainVersion = 20;
const zip64Version = 45;

export function versionNeeded(isZip64: boolean): number {
  return isZip64 ? zip64Version : plainVersion;
}

/** Names in UTF-8 (bit 11); the checksum stands behind the bytes (bit 3), since nobody knows it before. */
export const flags = 0x0808;
export const stored = 0;
