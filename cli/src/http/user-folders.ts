import { homedir } from 'node:os';
import path from 'node:path';
import type { Environment } from '@wharf/service-kit/load-config';

/** Where programs of a user keep what is configured, and what they remember (XDG Base Directory Specification). */
export function configFolder(environment: Environment): string {
  return path.join(absolute(environment.XDG_CONFIG_HOME) ?? path.join(homeOf(environment), '.config'), 'wharf');
}

export function stateFolder(environment: Environment): string {
  return path.join(absolute(environment.XDG_STATE_HOME) ?? path.join(homeOf(environment), '.local/state'), 'wharf');
}

/** A path that is not absolute does not count, says the specification. */
function absolute(folder: string | undefined): string | undefined {
  return folder && path.isAbsolute(folder) ? folder : undefined;
}

function homeOf({ HOME }: Environment): string {
  return HOME || homedir();
}
