import { setting } from '@wharf/service-kit';
import { z } from 'zod';
import { type Judge, judgeProfile, judgeToken, judgeUrl, usualUrl } from './variables.js';

/** What commands read that talk to a gateway, as any client does: `readAccess` reads it. */
export const httpSettings = {
  url: setting(
    'WHARF_URL',
    judgedBy(judgeUrl).prefault(usualUrl),
    'Address of the gateway, for wharf upload, ls, download and the like; wins over wharf login',
  ),
  token: setting(
    'WHARF_TOKEN',
    judgedBy(judgeToken).optional(),
    'API key or access token that they show; wins over wharf login',
    {
      secret: true,
    },
  ),
  profile: setting(
    'WHARF_PROFILE',
    judgedBy(judgeProfile).optional(),
    'Which login they use, of those that wharf login --profile has kept',
  ),
};

function judgedBy(judge: Judge) {
  return z.string().refine((text) => judge(text) === undefined);
}
