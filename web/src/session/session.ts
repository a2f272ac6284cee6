import { computed, signal } from '@preact/signals';
import { WharfError } from '@wharf/client';
import type { Login, User } from '@wharf/contracts';
import { forgetSession, hasSession, keepSession, noteSession } from '../api/renew-session.ts';
import { wharf } from '../api/wharf.ts';

/** `open`: everybody may do everything. `away`: nobody knows, since nothing answered. */
export type Session =
  | { kind: 'unknown' | 'open' | 'signed-out' }
  | { kind: 'away'; error: unknown }
  | { kind: 'user'; user: User };

export const session = signal<Session>({ kind: 'unknown' });

export const isAdmin = computed(() => {
  const now = session.value;
  return now.kind === 'open' || (now.kind === 'user' && now.user.role === 'admin');
});

export async function findSession(): Promise<void> {
  if (document.querySelector('meta[name=wharf-access][content=open]')) {
    session.value = { kind: 'open' };
    return;
  }
  if (!hasSession()) {
    session.value = { kind: 'signed-out' };
    return;
  }
  try {
    session.value = { kind: 'user', user: await wharf.auth.me() };
  } catch (error) {
    const isNobody = error instanceof WharfError && error.status === 401;
    session.value = isNobody ? { kind: 'signed-out' } : { kind: 'away', error };
  }
}

export async function signIn(login: Login, isNew: boolean): Promise<void> {
  const signedIn = await (isNew ? wharf.auth.register(login) : wharf.auth.login(login));
  noteSession(signedIn);
  session.value = { kind: 'user', user: signedIn.user };
}

export async function signOut(): Promise<void> {
  await wharf.auth.logout();
  forgetSession();
  session.value = { kind: 'signed-out' };
}

const heartbeatMs = 30_000;

/** What a browser asks for by itself, such as images and downloads, carries the cookie that there is: it must not run out meanwhile. */
export function keepSignedIn(): void {
  setInterval(() => void keepSession(wharf.auth), heartbeatMs);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void keepSession(wharf.auth);
  });
}
