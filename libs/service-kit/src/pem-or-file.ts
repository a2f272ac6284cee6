import { readFileSync } from 'node:fs';
import { ConfigError } from './load-config.js';

/** PEM, or creds of NATS, themselves; or the path of a file with them. Throws ConfigError, which names the variable and never its value. */
export function pemOrFile(name: string, setting: string): string {
  if (setting.includes('-----BEGIN')) return setting;
  try {
    return readFileSync(setting, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError([`${name}: the file cannot be read (${code})`]);
  }
}
