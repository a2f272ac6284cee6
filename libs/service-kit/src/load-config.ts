import { readFileSync } from 'node:fs';
import type { ConfigOf, Setting, Settings } from './settings.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything that is wrong with a service's environment, in one message. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly string[]) {
    super(`the configuration has ${problems.length} problem(s):\n${problems.map((line) => `  ${line}`).join('\n')}`);
  }
}

/** What is wrong with settings that are valid one by one: one line each. Settings that are not valid are missing. */
export type ConfigCheck<S extends Settings> = (config: Partial<ConfigOf<S>>) => string[];

/**
 * Reads the settings of a service from the environment. An empty variable counts as unset.
 * Throws one ConfigError that names every problem.
 */
export function loadConfig<S extends Settings>(
  settings: S,
  environment: Environment,
  check: ConfigCheck<S> = () => [],
): ConfigOf<S> {
  const problems: string[] = [];
  const config: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(settings)) {
    try {
      const parsed = setting.schema.safeParse(readVariable(setting, environment));
      if (parsed.success) config[key] = parsed.data;
      else for (const issue of parsed.error.issues) problems.push(`${setting.name}: ${issue.message}`);
    } catch (error) {
      problems.push(`${setting.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  problems.push(...check(config as Partial<ConfigOf<S>>));
  if (problems.length > 0) throw new ConfigError(problems);
  return config as ConfigOf<S>;
}

function readVariable(setting: Setting<unknown>, environment: Environment): string | undefined {
  const file = setting.secret ? environment[`${setting.name}_FILE`] : undefined;
  if (file) return readFileSync(file, 'utf8').trimEnd();
  return environment[setting.name] || undefined;
}

/** The `--help` text of a service: every variable with its default and its meaning. */
export function describeSettings(settings: Settings): string {
  return Object.values(settings)
    .map((setting) => {
      const initial = defaultOf(setting);
      const suffix = initial === undefined ? '' : ` (default: ${initial === '' ? 'empty' : initial})`;
      return `  ${setting.name}${setting.secret ? `, ${setting.name}_FILE` : ''}\n      ${setting.description}${suffix}`;
    })
    .join('\n');
}

/** The default of a variable as it would be written in the environment, or undefined where there is none. */
export function defaultOf(setting: Setting<unknown>): string | undefined {
  const definition = (setting.schema as unknown as { def: { type: string; defaultValue?: unknown } }).def;
  if (definition.type !== 'default' && definition.type !== 'prefault') return undefined;
  return String(definition.defaultValue);
}
