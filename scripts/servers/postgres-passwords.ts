import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { writeDurably } from './durable-file.ts';

/** `postgres` is the superuser; `wharf` owns the database of that name and nothing else. */
export const roles = ['postgres', 'wharf'] as const;
export type Role = (typeof roles)[number];

export function passwordFile(dir: string, role: Role): string {
  return path.join(dir, role === 'postgres' ? 'password' : `${role}-password`);
}

/** The password kept for the role; undefined where there is none, or where it was broken off when it was written. */
export function readPassword(dir: string, role: Role): string | undefined {
  try {
    return /^\S+$/.exec(readFileSync(passwordFile(dir, role), 'utf8').trimEnd())?.[0];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}

export function newPassword(): string {
  return randomBytes(18).toString('base64url');
}

export function keepPassword(dir: string, role: Role, password: string): void {
  writeDurably(passwordFile(dir, role), password);
}
