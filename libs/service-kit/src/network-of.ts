import { isIPv6 } from 'node:net';

/** An IPv4 address, or the /64 of an IPv6 address: whoever has one address of it has all of them (RFC 6177). */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [plain = ''] = address.split('%');
  const mapped = /^::ffff:([\d.]+)$/i.exec(plain);
  if (mapped?.[1]) return mapped[1];
  if (plain === '::1' || !isIPv6(plain)) return plain;
  const [left = '', right] = plain.toLowerCase().split('::');
  const head = groupsOf(left);
  const tail = right === undefined ? [] : groupsOf(right);
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  const groups = [...head, ...zeros, ...tail].slice(0, 4);
  return `${groups.map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`;
}

/** Of one side of `::`; a dotted quad at the end stands for two. */
function groupsOf(side: string): string[] {
  return side.split(':').flatMap((group) => (group === '' ? [] : group.includes('.') ? ['0', '0'] : [group]));
}
