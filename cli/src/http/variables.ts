import { readFileSync } from 'node:fs';
import { ConfigError, type Environment } from '@wharf/service-kit/load-config';

/** Where a gateway is unless something says otherwise. */
export const usualUrl = 'http://127.0.0.1:8080';

/** What is wrong with a value; undefined where it is right. */
export type Judge = (text: string) => string | undefined;

export const judgeUrl: Judge = (text) => {
  const isAddress = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  return isAddress ? undefined : 'must be an address such as https://files.example.org';
};
export const judgeToken: Judge = (text) =>
  /^[\w.~+/-]+=*$/.test(text) ? undefined : 'must be an API key or an access token';
export const judgeProfile: Judge = (text) => (/^[\w.-]{1,64}$/.test(text) ? undefined : 'must be a name such as work');

export interface AccessVariables {
  url: string | undefined;
  token: string | undefined;
  profile: string | undefined;
}

/**
 * What the environment says of the gateway, and of who its user is. Not by `loadConfig`, whose schemas take longer to load than a file takes to be
 * sent. Throws ConfigError.
 */
export function readAccess(environment: Environment): AccessVariables {
  const problems: string[] = [];
  const read = (name: string, judge: Judge, text = environment[name] || undefined) => {
    const problem = text === undefined ? undefined : judge(text);
    if (problem !== undefined) problems.push(`${name}: ${problem}`);
    return text;
  };
  const { WHARF_TOKEN_FILE: file } = environment;
  const access = {
    url: read('WHARF_URL', judgeUrl),
    token: read('WHARF_TOKEN', judgeToken, file ? contentOf(file, problems) : undefined),
    profile: read('WHARF_PROFILE', judgeProfile),
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return access;
}

function contentOf(file: string, problems: string[]): string | undefined {
  try {
    return readFileSync(file, 'utf8').trimEnd();
  } catch (error) {
    problems.push(`WHARF_TOKEN: ${(error as Error).message}`);
    return undefined;
  }
}
