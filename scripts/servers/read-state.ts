import { readFileSync } from 'node:fs';

/** Reads a JSON file that only this machine has, and says so in words where it is broken: nothing else could make it again. */
export function readState<State extends object>(file: string, required: (keyof State & string)[]): State {
  const text = readFileSync(file, 'utf8');
  const state = parse(text) as State | undefined;
  const missing = required.filter((name) => typeof state?.[name] !== 'string' || state[name] === '');
  if (state && missing.length === 0) return state;
  const defect = text.trim() === '' ? 'is empty' : 'is damaged';
  throw new Error(
    `${file} ${defect}: it holds keys (${required.join(', ')}) without which the data beside it cannot be opened. ` +
      'Bring this file back from a backup, or move its folder away to begin with an empty store.',
  );
}

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
