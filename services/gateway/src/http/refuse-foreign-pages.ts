import { AppError } from '@wharf/service-kit';
import type { Config } from '../config.js';
import type { Check } from './check-requests.js';

/** What they ask for changes nothing (RFC 9110 §9.2.1). */
export const safeMethods = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Refuses what pages of other origins send without asking first: forms, and `fetch` in the mode `no-cors`, need no preflight,
 * and CORS only keeps their answers from being read. Programs send neither `Origin` nor `Sec-Fetch-Site` and pass; pages of
 * `CORS_ORIGINS` pass. Before the body is read, and before `100 Continue`.
 */
export function refuseForeignPages({ corsOrigins, publicUrl }: Pick<Config, 'corsOrigins' | 'publicUrl'>): Check {
  const isAnyAllowed = corsOrigins.includes('*');
  return ({ req: { headers, method } }) => {
    const { origin, host, 'sec-fetch-site': site } = headers;
    if (origin === undefined && site === undefined) return;
    if (isAnyAllowed || safeMethods.includes(method as string)) return;
    if (origin !== undefined && corsOrigins.includes(origin)) return;
    // Both have to agree: over plain HTTP browsers send no Sec-Fetch-Site, and with some referrer policies no true Origin.
    if (isOwnSite(site) && (origin === undefined || origin === publicUrl || isOwnOrigin(origin, host))) return;
    throw new AppError(
      'forbidden',
      'pages of other origins may change nothing here: CORS_ORIGINS does not name theirs',
    );
  };
}

/** `none`: somebody typed the address, or chose a bookmark. */
function isOwnSite(site: string | string[] | undefined): boolean {
  return site === undefined || site === 'same-origin' || site === 'none';
}

const defaultPorts: Record<string, string> = { http: '80', https: '443' };

/**
 * Whether a page of this origin came from the host that it speaks to. By host and port: behind a proxy that ends TLS the gateway
 * does not see the scheme. Apps have origins such as `capacitor://localhost`, which are nobody's own.
 */
export function isOwnOrigin(origin: string, host: string | undefined): boolean {
  const [, scheme = '', authority] = /^(https?):\/\/(.+)$/.exec(origin) ?? [];
  if (authority === undefined || host === undefined) return false;
  const own = host.toLowerCase();
  return own === authority || own === `${authority}:${defaultPorts[scheme]}`;
}
