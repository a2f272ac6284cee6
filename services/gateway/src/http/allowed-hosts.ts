import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';

/** A host as a request names it: lower case, without the dot behind it; IPv6 in its shortest form, in brackets. */
interface Host {
  name: string;
  /** Undefined for the default port of the scheme. */
  port: number | undefined;
}

export type HostRule = (host: Host) => boolean;

// One way to read each character: no name takes longer than its length.
const hostField = /^(?:\[([\da-f:.]+)\]|([\w-]+(?:\.[\w-]+)*)\.?)(?::(\d{0,5}))?$/i;
/** A name has at most 253 characters (RFC 1035 §2.3.4). */
const longestField = 260;

/** The value of `Host` (RFC 9110 §7.2); undefined for what names no host, such as `user@host` or `127.0.0.1/path`. */
export function parseHost(field: string): Host | undefined {
  if (field.length > longestField) return undefined;
  const [, address, name, port] = hostField.exec(field) ?? [];
  if (name === undefined && (address === undefined || !isIPv6(address))) return undefined;
  return {
    // A browser writes an address of IPv6 in its shortest form, and so does URL.
    name: name?.toLowerCase() ?? new URL(`http://[${address}]`).hostname,
    port: port ? Number(port) : undefined,
  };
}

/** The names that no name server can give to another machine: those of the loopback interface (RFC 6761 §6.3). */
export const isLoopback: HostRule = ({ name }) =>
  name === 'localhost' ||
  name.endsWith('.localhost') ||
  name === '[::1]' ||
  // In this form alone: browsers write 127.1, 0x7f.1 and 2130706433 so before they send them.
  (isIPv4(name) && name.startsWith('127.'));

/** Whether a server that listens on `address`, as `HOST` has it, is reached from its own machine alone. */
export function isLoopbackAddress(address: string): boolean {
  const host = parseHost(isIPv6(address) ? `[${address}]` : domainToASCII(address));
  return host !== undefined && isLoopback(host);
}

const defaultPorts = [80, 443];

/**
 * One entry of `ALLOWED_HOSTS`: a name, `*.` and a name, or an address, each with or without a port; or a range of addresses. Undefined for
 * anything else.
 */
export function parseHostRule(entry: string): HostRule | undefined {
  if (entry.includes('/')) return parseRange(entry);
  const isWildcard = entry.startsWith('*.');
  const host = parseHost(toAscii(isWildcard ? entry.slice(2) : entry));
  if (!host) return undefined;
  const { name, port } = host;
  if (isWildcard && (isIPv4(name) || name.startsWith('['))) return undefined;
  const isNamed: HostRule = isWildcard ? (asked) => asked.name.endsWith(`.${name}`) : (asked) => asked.name === name;
  if (port === undefined) return isNamed;
  // Which of the two stands behind a host without a port, only the proxy in front knows.
  return (asked) => isNamed(asked) && (asked.port ?? (defaultPorts.includes(port) ? port : undefined)) === port;
}

/** Such as 10.0.0.0/8. No page of another site is at an address within it: what is asked for by its address is of no other origin. */
function parseRange(entry: string): HostRule | undefined {
  const [, address = '', bits] = /^([\da-f:.]+)\/(\d{1,3})$/i.exec(entry) ?? [];
  const family = familyOf(address);
  if (!family || Number(bits) > (family === 'ipv4' ? 32 : 128)) return undefined;
  const range = new BlockList();
  range.addSubnet(address, Number(bits), family);
  return ({ name }) => {
    const asked = name.replace(/^\[|\]$/g, '');
    return familyOf(asked) === family && range.check(asked, family);
  };
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  if (isIPv4(address)) return 'ipv4';
  return isIPv6(address) ? 'ipv6' : undefined;
}

/** As browsers send names of other alphabets. */
function toAscii(entry: string): string {
  if (isIPv6(entry)) return `[${entry}]`;
  // Of other characters `domainToASCII` makes something too: it cuts a name off at a slash.
  const [, name, port = ''] = /^([\p{L}\p{M}\p{N}._-]+)(:\d+)?$/u.exec(entry) ?? [];
  return name === undefined ? entry : domainToASCII(name) + port;
}
