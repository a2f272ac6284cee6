import { z } from 'zod';

/**
 * The origin under which clients know the gateways, as URL writes it. No path behind it: the paths of cookies, the addresses of pages and those in
 * problems begin at the root.
 */
export const PublicOrigin = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.origin;
  context.addIssue({ code: 'custom', message: 'must be an origin such as https://files.example.org, without a path' });
  return z.NEVER;
});
