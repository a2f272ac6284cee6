import type { ApiKey, CreatedApiKey, Scope, Session } from '@wharf/contracts';
import { call } from '../api/call.ts';

export async function listKeys(): Promise<ApiKey[]> {
  return (await call<{ keys: ApiKey[] }>('GET', '/auth/keys')).keys;
}

export function createKey(key: { name: string; scopes: Scope[]; expires_in?: number }): Promise<CreatedApiKey> {
  return call('POST', '/auth/keys', { body: key });
}

export function revokeKey(id: string): Promise<void> {
  return call('DELETE', `/auth/keys/${id}`);
}

export async function listSessions(): Promise<Session[]> {
  return (await call<{ sessions: Session[] }>('GET', '/auth/sessions')).sessions;
}

export function endSession(id: string): Promise<void> {
  return call('DELETE', `/auth/sessions/${id}`);
}

export function changePassword(current: string, next: string): Promise<void> {
  return call('POST', '/auth/password', { body: { current_password: current, new_password: next } });
}
