import type {
  AuditDetail,
  AuditPage,
  AuditRecord,
  DeadLetterPage,
  DeadLetterRecord,
  StartedAudit,
  SystemReport,
  User,
  UserChanges,
  UserPage,
} from '@wharf/contracts';
import { call } from '../api/call.ts';
import type { PageOf } from '../parts/use-pages.ts';

export function readSystem(): Promise<SystemReport> {
  return call('GET', '/system');
}

export async function listDeadLetters(cursor: string | undefined): Promise<PageOf<DeadLetterRecord>> {
  const page = await call<DeadLetterPage>('GET', '/dead-letters', { query: { cursor } });
  return { items: page.dead_letters, next: page.next_cursor };
}

export function replayDeadLetter(seq: number): Promise<void> {
  return call('POST', `/dead-letters/${seq}/replay`, { body: {} });
}

export function discardDeadLetter(seq: number): Promise<void> {
  return call('DELETE', `/dead-letters/${seq}`);
}

export async function listAudits(cursor: string | undefined): Promise<PageOf<AuditRecord>> {
  const page = await call<AuditPage>('GET', '/audits', { query: { cursor } });
  return { items: page.audits, next: page.next_cursor };
}

export function startAudit(repair: boolean): Promise<StartedAudit> {
  return call('POST', '/audits', { body: { repair } });
}

export function readAudit(id: string): Promise<AuditDetail> {
  return call('GET', `/audits/${encodeURIComponent(id)}`);
}

export async function listUsers(cursor: string | undefined): Promise<PageOf<User>> {
  const page = await call<UserPage>('GET', '/users', { query: { cursor } });
  return { items: page.users, next: page.next_cursor };
}

export function updateUser(id: string, changes: UserChanges): Promise<User> {
  return call('PATCH', `/users/${id}`, { body: changes });
}
