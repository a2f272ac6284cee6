/** Paths, so that they hold for whatever origin the page has. */
export function addressOf(uid: string): string {
  return `/api/v1/files/${uid}`;
}

/** Longer ones do not fit an address. */
export const archiveLimit = 100;

export function archiveOf(uids: readonly string[]): string {
  return `/api/v1/archives?${new URLSearchParams(uids.map((uid) => ['uid', uid]))}`;
}
