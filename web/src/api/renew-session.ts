import { type WharfClient, WharfError } from '@wharf/client';
import type { SignedIn } from '@wharf/contracts';

/** Of the access cookie, which no script can read. All tabs share it. */
const expiryKey = 'wharf.session-expires';
const marginMs = 60_000;

export function noteSession({ expires_in }: Pick<SignedIn, 'expires_in'>): void {
  localStorage.setItem(expiryKey, String(Date.now() + expires_in * 1000));
}

export function forgetSession(): void {
  localStorage.removeItem(expiryKey);
}

/** Whether somebody has signed in by this browser, and may be signed in still. */
export function hasSession(): boolean {
  return expiryMs() !== 0;
}

function expiryMs(): number {
  return Number(localStorage.getItem(expiryKey) ?? 0);
}

let running: Promise<boolean> | undefined;

/**
 * Asks for the next access token; false where nobody is signed in. One tab does it for all: a refresh token that is used twice ends its session.
 */
export function renewSession(auth: WharfClient['auth']): Promise<boolean> {
  if (!hasSession()) return Promise.resolve(false);
  running ??= alone(auth, expiryMs()).finally(() => {
    running = undefined;
  });
  return running;
}

/** Before what a browser asks for by itself, such as downloads: those cannot renew anything. */
export async function keepSession(auth: WharfClient['auth']): Promise<void> {
  if (hasSession() && expiryMs() - Date.now() < marginMs) await renewSession(auth);
}

function alone(auth: WharfClient['auth'], seenMs: number): Promise<boolean> {
  const renew = async () => (expiryMs() === seenMs ? refresh(auth) : hasSession());
  // Browsers have locks where they take the page for safe; elsewhere two tabs may meet.
  return navigator.locks ? navigator.locks.request('wharf.renew-session', renew) : renew();
}

async function refresh(auth: WharfClient['auth']): Promise<boolean> {
  try {
    noteSession(await auth.refresh());
    return true;
  } catch (error) {
    if (error instanceof WharfError && error.status === 401) forgetSession();
    return false;
  }
}
