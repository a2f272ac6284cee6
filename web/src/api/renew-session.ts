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
export function renewSession(): Promise<boolean> {
  if (expiryMs() === 0) return Promise.resolve(false);
  running ??= alone(expiryMs()).finally(() => {
    running = undefined;
  });
  return running;
}

/** Before what a browser asks for by itself, such as downloads: those cannot renew anything. */
export async function keepSession(): Promise<void> {
  if (expiryMs() !== 0 && expiryMs() - Date.now() < marginMs) await renewSession();
}

function alone(seenMs: number): Promise<boolean> {
  const renew = async () => (expiryMs() === seenMs ? refresh() : expiryMs() !== 0);
  // Browsers have locks where they take the page for safe; elsewhere two tabs may meet.
  return navigator.locks ? navigator.locks.request('wharf.renew-session', renew) : renew();
}

async function refresh(): Promise<boolean> {
  try {
    const answer = await fetch('/api/v1/auth/refresh', { method: 'POST' });
    if (answer.ok) noteSession(await answer.json());
    else if (answer.status === 401) forgetSession();
    return answer.ok;
  } catch {
    return false;
  }
}
