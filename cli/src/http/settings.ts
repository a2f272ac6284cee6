import { setting } from '@wharf/service-kit';
import { z } from 'zod';

/** What commands read that talk to a gateway, as any client does. */
export const httpSettings = {
  url: setting(
    'WHARF_URL',
    z
      .url({ protocol: /^https?$/, error: 'must be an address such as https://files.example.org' })
      .prefault('http://127.0.0.1:8080'),
    'Address of the gateway, for wharf upload, ls and download',
  ),
  token: setting(
    'WHARF_TOKEN',
    z
      .string()
      .regex(/^[\w.~+/-]+=*$/, 'must be an API key or an access token')
      .optional(),
    'API key or access token that they show',
    { secret: true },
  ),
};
