/** The first with `crypto.randomUUIDv7`. `npm ci` brings a newer one on Linux, images carry one, and tests run on it. */
const oldestNode = '24.16.0';

/** What to tell whoever starts a program with a Node that is too old for it. */
export function refuseNode(version = process.versions.node): string | undefined {
  if (version.localeCompare(oldestNode, 'en', { numeric: true }) >= 0) return undefined;
  return `needs Node ${oldestNode} or newer, this is ${version}`;
}
