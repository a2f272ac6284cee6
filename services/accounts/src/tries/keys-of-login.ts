import { createHash } from 'node:crypto';
import { isIPv4 } from 'node:net';

/**
 * What a login counts for: the account, and the network that it comes from.
 *
 * The account's count is of strangers alone. Counted for everybody, anybody could lock the owner out for ever with ten wrong
 * passwords in a quarter of an hour: so a network from which the owner has logged in within 90 days counts by itself only, which is ten
 * tries as well. An owner who comes from a new network while strangers try waits for them; sessions and keys go on.
 *
 * Loopback is no network of its own, here as for the gateway's other limits: behind a proxy on the same machine everybody may come from
 * there.
 */
export function keysOfLogin({
  email,
  isKnownNetwork,
  network,
}: {
  email: string;
  network: string;
  isKnownNetwork: boolean;
}): string[] {
  if (isLoopback(network)) return [accountKey(email)];
  const networkKey = `network:${network}`;
  return isKnownNetwork ? [networkKey] : [accountKey(email), networkKey];
}

/** As a digest: now and then somebody types a password in place of an address. */
function accountKey(email: string): string {
  return `account:${createHash('sha256').update(email.toLowerCase()).digest('hex')}`;
}

function isLoopback(network: string): boolean {
  return network === '::1' || (isIPv4(network) && network.startsWith('127.'));
}
