/**
 * Key of a file's object, and its path in a directory store: `files/<ab>/<cd>/<uid>`.
 *
 * The two folders are the LAST four hex digits of the uid: a UUIDv7 begins with the time, and its
 * first four digits stay the same for weeks, which would put all of a month's files into one folder (and, in S3, under
 * one prefix, which is what a store partitions by).
 */
export function keyFor(uid: string): string {
  return `files/${uid.slice(-4, -2)}/${uid.slice(-2)}/${uid}`;
}
