import { createHash } from 'node:crypto';

/**
 * What a login counts for: the account, and the network that it comes from.
 *
 * The account's count is of strangers alone. Counted for everybody, anybody could lock the owner out for ever with ten wrong
 * passwords in a quarter of an hour: so a network from which the owner has logged in within 90 days counts by itself only, which is ten
 * tries as well. An owner who comes from a new network while strangers try waits for them; sessions and keys go on.
 *
 * Loopback is a network as any other, unlike for the gateway's other limits: behind a proxy on the same machine `TRUST_PROXY` tells who
 * comes, and without it nobody could tell a stranger from the owner.
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
  const networkKey = `network:${network}`;
  return isKnownNetwork ? [networkKey] : [accountKey(email), networkKey];
}

/** As a digest: now and then somebody types a password in place of an address. */
function accountKey(email: string): string {
  return `account:${createHash('sha256').update(email.toLowerCase()).digest('hex')}`;
}
