import { WharfClient } from '@wharf/client';
import { renewSession } from './renew-session.ts';

/** The browser shows the cookies of the session by itself. */
const credentials = { headers: () => ({}), renew: () => renewSession(wharf.auth) };

/** Where somebody waits for an answer: it is better to be told soon. */
export const wharf: WharfClient = new WharfClient({ credentials, patienceMs: 3_000 });

/** Of uploads, for which nobody waits. */
export const sender = new WharfClient({ credentials, patienceMs: 120_000 });
