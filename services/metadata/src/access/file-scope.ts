import type { Caller } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';

/** What a caller wants of files: to `read` one that it names, to `change` one (deletion and links included), to `list` them. */
export type Right = 'read' | 'change' | 'list';

/** Over the table `files` under a name that the statement gives it, and with the one parameter in the place that the statement has for it. */
type Condition = (table: string, parameter: string) => string;

const conditions = {
  all: () => 'true',
  // Of a caller without an id nothing is owned: to be equal to null is never true.
  owned: (table, parameter) => `${table}.owner_id = ${parameter}`,
  owned_or_public: (table, parameter) => `(${table}.owner_id = ${parameter} or ${table}.visibility = 'public')`,
  linked: (table, parameter) => `${table}.uid = any (${parameter}::uuid[])`,
} satisfies Record<string, Condition>;
export type ScopeKind = keyof typeof conditions;

/**
 * Which files a caller has a right to, as a condition for the statement that finds them. What a statement says beside it is the same for all
 * callers, so that a file without the right is found no more than one that does not exist, and takes no other time.
 */
export interface FileScope {
  readonly kind: ScopeKind;
  /** The parameter of its condition. */
  readonly value: string | null;
}

/** The same that `mayRead` and `mayChange` of the contracts say of one file. Public files of others are read and not listed. */
export function scopeOf({ id, link, request, scopes }: Caller, right: Right): FileScope {
  if (link && right === 'read') return { kind: 'linked', value: uuidArray(link.uids) };
  // What they have a right to is never a file of the owner.
  if (link || request) return { kind: 'owned', value: null };
  if (scopes.includes('files:all')) return { kind: 'all', value: null };
  return { kind: right === 'read' ? 'owned_or_public' : 'owned', value: id };
}

/** As a parameter that stands before `::uuid[]`. */
export function uuidArray(uids: readonly string[]): string {
  return `{${uids.join(',')}}`;
}

export function scopeCondition(kind: ScopeKind, table: string, parameter: string): string {
  return conditions[kind](table, parameter);
}

/** One for each kind, made once: what differs between them are their conditions. */
export function perScope<Made>(make: (kind: ScopeKind) => Made): (kind: ScopeKind) => Made {
  const made = Object.fromEntries(Object.keys(conditions).map((kind) => [kind, make(kind as ScopeKind)]));
  return (kind) => made[kind] as Made;
}

/** In the same words for a file that is not there and for one that the caller has no right to. */
export function fileNotFound(uid: string): AppError {
  return new AppError('file_not_found', `no file ${uid} is recorded`);
}
