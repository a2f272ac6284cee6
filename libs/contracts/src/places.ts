/**
 * Where the bytes of a file lie on the volume, relative to its root: `files/<ab>/<cd>/<uid>`. The folders are digits of the uid's time
 * (`docs/adr/0015-folders-by-time.md`).
 */
export function placeOf(uid: string): string {
  return `files/${uid.slice(5, 7)}/${uid.charAt(7)}${uid.charAt(9)}/${uid}`;
}

/**
 * Key of a file's object in S3: `files/<ab>/<cd>/<uid>`. A directory store has the folders of the volume: `placeOf` the uid.
 *
 * The two folders are the LAST four hex digits of the uid: a UUIDv7 begins with the time, and its
 * first four digits stay the same for weeks, which would put all of a month's files into one
 * prefix, which is what a store partitions by.
 */
export function objectKeyOf(uid: string): string {
  return `files/${uid.slice(-4, -2)}/${uid.slice(-2)}/${uid}`;
}

/**
 * Whether a `local_path` belongs to the file. Before the folders went by time a file lay under the folders of its object's key; records
 * and events of that time name that place, and their files are still there.
 */
export function isPlaceOf(uid: string, localPath: string): boolean {
  return localPath === placeOf(uid) || localPath === objectKeyOf(uid);
}

/** As loose as S3 servers are: old names have capitals and underscores, Ceph puts a tenant before them. Never `.` or `..`. */
const bucketAndSlash = /^[a-z0-9][\w.:-]{0,254}\/$/i;

/** Whether a `cloud_path` belongs to the file: `<bucket>/<key>`, or its path in a directory store, which is one on the volume too. */
export function isObjectOf(uid: string, cloudPath: string): boolean {
  if (isPlaceOf(uid, cloudPath)) return true;
  const key = objectKeyOf(uid);
  return cloudPath.endsWith(key) && bucketAndSlash.test(cloudPath.slice(0, -key.length));
}

/** For `refine`: a message never leads its reader to the bytes of another file, or out of the volume. */
export function namesOwnPlace({ local_path, uid }: { uid: string; local_path: string | null }): boolean {
  return local_path === null || isPlaceOf(uid, local_path);
}

export function namesOwnObject({ cloud_path, uid }: { uid: string; cloud_path: string | null }): boolean {
  return cloud_path === null || isObjectOf(uid, cloud_path);
}

export const notOwnPlace = 'must be the place of the uid';
export const notOwnObject = 'must be the object of the uid';
