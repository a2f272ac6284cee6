import { z } from 'zod';

const origin = /^[a-z][a-z\d+.-]*:\/\/(?:[a-z\d._-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/;

/** An entry of `CORS_ORIGINS`: an origin as browsers send it (RFC 6454 §6.2), since entries are compared letter by letter; or `*`. */
export const CorsOrigin = z.string().superRefine((entry, context) => {
  if (entry === '*' || isSentBy(entry)) return;
  context.addIssue({ code: 'custom', message: `${JSON.stringify(entry)} ${reasonOf(entry)}` });
});

/** Apps have schemes of their own, such as `capacitor://localhost`; of those URL knows no origins. */
function isSentBy(entry: string): boolean {
  if (!origin.test(entry) || !URL.canParse(entry)) return false;
  return !/^https?:/.test(entry) || new URL(entry).origin === entry;
}

function reasonOf(entry: string): string {
  // A page makes itself one by an iframe with `sandbox`, whatever site it is of.
  if (entry.toLowerCase() === 'null') return 'is what any page can send, and would allow all of them; * says so openly';
  const meant = URL.canParse(entry) ? new URL(entry).origin : 'null';
  const isWildcard = entry.includes('*');
  if (isWildcard) return 'has a wildcard: name each origin, or allow all by *';
  if (meant !== 'null') return `is not written as browsers send an origin: ${meant}`;
  return 'is no origin such as https://app.example.org';
}
