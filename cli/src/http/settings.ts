import { setting } from '@wharf/service-kit';
import { z } from 'zod';

/** What commands read that talk to a gateway, as any client does. */
export const httpSettings = {
  url: setting(
    'WHARF_URL',
    z
      .url({ protocol: /^https?$/, error: 'must be an address such as https://files.example.org' })
      .prefault('http://127.0.0.1:8080'),
    'Address of the gateway, for wharf upload, ls, download and the like; wins over wharf login',
  ),
  token: setting(
    'WHARF_TOKEN',
    z
      .string()
      .regex(/^[\w.~+/-]+=*$/, 'must be an API key or an access token')
      .optional(),
    'API key or access token that they show; wins over wharf login',
    { secret: true },
  ),
  profile: setting(
    'WHARF_PROFILE',
    z
      .string()
      .regex(/^[\w.-]{1,64}$/, 'must be a name such as work')
      .optional(),
    'Which login they use, of those that wharf login --profile has kept',
  ),
};
