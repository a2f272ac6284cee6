import path from 'node:path';

/**
 * Where things lie under the root of the volume. Paths that travel (events, records) are relative to the root,
 * with forward slashes.
 *
 * Files are spread by the LAST four hex digits of the uid: a UUIDv7 begins with the time, and its first four digits
 * stay the same for weeks, which would put all of a month's files into one folder.
 */
export const layout = {
  incoming: 'incoming',
  journal: 'journal',
  files: 'files',

  part: (uid: string) => path.posix.join('incoming', `${uid}.part`),
  journalEntry: (uid: string) => path.posix.join('journal', `${uid}.json`),
  file: (uid: string) => path.posix.join('files', uid.slice(-4, -2), uid.slice(-2), uid),
};

const partName = /^([0-9a-f-]{36})\.part$/;

/** The uid of a part's file name, or undefined for a name that is none of ours. */
export function uidOfPart(fileName: string): string | undefined {
  return partName.exec(fileName)?.[1];
}
