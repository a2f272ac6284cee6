import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Environment } from '@wharf/service-kit/load-config';

/** The folder of the checkout that this program is of. */
const root = path.resolve(import.meta.dirname, '../..');

/** Variables that belong together: where one of them is given, none of the others comes from elsewhere. */
const groups = [/^NATS_/, /^DATABASE_/, /^VOLUME_DIR$/, /^(?:S3|OBJECT_STORE)_/];

/**
 * What `npm start` of this checkout has told of what it runs, as variables: addresses and credentials. Undefined where nothing was started, or
 * somebody else has.
 */
export function readLocalSystem({ WHARF_DATA_DIR = '.wharf' }: Environment): Environment | undefined {
  try {
    return JSON.parse(readFileSync(path.resolve(root, WHARF_DATA_DIR, 'environment.json'), 'utf8'));
  } catch {
    return undefined;
  }
}

/** The environment, and behind it that of the local system. */
export function withLocalSystem(environment: Environment): Environment {
  const local = readLocalSystem(environment) ?? {};
  const given = Object.keys(environment).filter((name) => environment[name]);
  const missing = groups.filter((group) => !given.some((name) => group.test(name)));
  const added = Object.entries(local).filter(([name]) => missing.some((group) => group.test(name)));
  return { ...Object.fromEntries(added), ...environment };
}
