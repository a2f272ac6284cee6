import { Duration, setting, tokenSettings } from '@wharf/service-kit';
import { z } from 'zod';
import { isLoopbackAddress } from '../http/allowed-hosts.js';

const Rate = z.string().transform((text, context) => {
  if (text === 'none') return 'none' as const;
  const [quota = '', window] = text.split('/');
  const windowMs = Duration.safeParse(window);
  if (/^[1-9]\d{0,8}$/.test(quota) && windowMs.success && windowMs.data > 0) {
    return { quota: Number(quota), windowMs: windowMs.data };
  }
  context.addIssue({ code: 'custom', message: 'must be a number of requests and a time, such as 600/1m, or none' });
  return z.NEVER;
});

export const accessSettings = {
  auth: setting(
    'AUTH',
    z.enum(['open', 'required']).optional(),
    'required: who makes a request has to show it; open: everybody may do everything. Must be set unless HOST is a loopback address, where it is open',
  ),
  ...tokenSettings,
  jwtIssuer: setting(
    'JWT_ISSUER',
    z.string().optional(),
    'Who issues the tokens of another system that are taken too (iss); with JWT_AUDIENCE and JWKS_URL',
  ),
  jwtAudience: setting('JWT_AUDIENCE', z.string().optional(), 'Whom the tokens of JWT_ISSUER are for (aud)'),
  jwksUrl: setting(
    'JWKS_URL',
    z.url({ protocol: /^https?$/, error: 'must be a URL such as https://login.example.org/jwks.json' }).optional(),
    'Where the public keys of JWT_ISSUER are',
  ),
  rateLimit: setting(
    'RATE_LIMIT',
    Rate.optional(),
    'Requests that one caller may make of this gateway, or one address where there is no caller, such as 600/1m; none for no limit. 600/1m unless set, and none while AUTH is open',
  ),
};

interface AccessConfig {
  auth?: 'open' | 'required' | undefined;
  host?: string | undefined;
  corsOrigins?: readonly string[] | undefined;
  tokenIssuer?: string | undefined;
  jwtIssuer?: string | undefined;
  jwtAudience?: string | undefined;
  jwksUrl?: string | undefined;
}

/** What is wrong with the settings together. */
export function checkAccess(config: AccessConfig): string[] {
  const problems: string[] = [];
  const { auth, corsOrigins = [], host, jwksUrl, jwtAudience, jwtIssuer, tokenIssuer } = config;
  if (auth === undefined && host !== undefined && !isLoopbackAddress(host)) {
    problems.push('AUTH: must be open or required where HOST is no loopback address');
  }
  // A page of any origin could have the browser of a user who is logged in speak for that user.
  if (auth === 'required' && corsOrigins.includes('*')) {
    problems.push('CORS_ORIGINS: must name origins and not be * where AUTH is required, since users log in by cookies');
  }
  const given = [jwtIssuer, jwtAudience, jwksUrl].filter((value) => value !== undefined).length;
  if (given > 0 && given < 3) problems.push('JWT_ISSUER, JWT_AUDIENCE, JWKS_URL: all of them must be set, or none');
  if (jwtIssuer !== undefined && jwtIssuer === tokenIssuer) {
    problems.push('JWT_ISSUER: must be another one than TOKEN_ISSUER');
  }
  return problems;
}
