import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { writeDurably } from '../servers/durable-file.ts';
import { given, isGiven } from './settings.ts';

/** Who may use what was started. */
export interface StartAccess {
  /** What the accounts service is given for it. */
  env: Record<string, string>;
  /** What is said of it, once the gateway is ready at `url`. */
  describe(url: string): string[];
}

/** Valid, and nobody's: mail to it goes nowhere (RFC 6761 §6.3). */
const generatedEmail = 'admin@wharf.localhost';

/** By `AUTH`, which may be unset on a loopback address alone, where everything is open. */
export function chooseAccess(dataDir: string): StartAccess {
  if (given('AUTH') !== 'required') return { env: {}, describe: (url) => [open(url)] };
  const file = given('ADMIN_PASSWORD_FILE');
  // Where only one of the two is given, the accounts service says so.
  if (isGiven('ADMIN_PASSWORD') || isGiven('ADMIN_EMAIL')) {
    const email = given('ADMIN_EMAIL') ?? '';
    const password = file ? `"$(cat ${quoted(file)})"` : '"$ADMIN_PASSWORD"';
    const where = file ?? 'ADMIN_PASSWORD';
    return { env: {}, describe: (url) => required(url, { email, password, where }) };
  }
  const kept = keepAdminPassword(dataDir);
  return {
    // The file and not what is in it: the environment of a process can be read by more programs.
    env: { ADMIN_EMAIL: generatedEmail, ADMIN_PASSWORD_FILE: kept },
    describe: (url) => required(url, { email: generatedEmail, password: `"$(cat ${quoted(kept)})"`, where: kept }),
  };
}

/** The file of the generated password, which stays the same from start to start. */
function keepAdminPassword(dataDir: string): string {
  const file = path.join(dataDir, 'accounts', 'admin-password');
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const isWhole = existsSync(file) && /^\S{20,}$/.test(readFileSync(file, 'utf8').trimEnd());
  if (!isWhole) writeDurably(file, randomBytes(18).toString('base64url'));
  return file;
}

function open(url: string): string {
  return `open: everybody who reaches ${url} may do everything (AUTH=required npm start asks who it is)`;
}

interface Login {
  email: string;
  /** As a shell writes it. */
  password: string;
  where: string;
}

/** `printf` is a part of the shell: the password gets into no list of processes. */
function required(url: string, { email, password, where }: Login): string[] {
  const body = `printf '{"email":"%s","password":"%s"}' ${quoted(email)} ${password}`;
  return [
    `required: log in as ${email} with the password in ${where}, unless it was changed since`,
    `${body} | curl -H 'Content-Type: application/json' -d @- ${url}/api/v1/auth/login`,
  ];
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
