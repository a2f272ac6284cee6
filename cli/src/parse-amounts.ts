import { durationMs } from '@wharf/service-kit/duration';
import { InvalidArgumentError } from 'commander';

const mostCount = 1_000_000;
const units: Record<string, number> = {
  '': 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40,
};

export function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > mostCount) throw new InvalidArgumentError('A count is such as 100.');
  return count;
}

/** Seconds. */
export function parseExpiry(text: string): number {
  const ms = durationMs(text);
  if (ms === undefined || ms < 1000) throw new InvalidArgumentError('A duration is such as 7d, 36h or 90s.');
  return Math.round(ms / 1000);
}

/** Bytes: `500`, `10MB`, `1.5GB`, `64MiB`. */
export function parseSize(text: string): number {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmgt]i?)?b?$/i.exec(text) ?? [];
  const bytes = Math.round(Number(amount) * (units[unit.toLowerCase()] ?? 1));
  if (amount === '' || bytes < 1 || !Number.isSafeInteger(bytes))
    throw new InvalidArgumentError('A size is such as 10MB or 1.5GB.');
  return bytes;
}

/** RFC 3339, or how long ago. */
export function parseTime(text: string): Date {
  const ms = durationMs(text);
  if (ms !== undefined) return new Date(Date.now() - ms);
  const isTime = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)$/.test(text);
  if (!isTime || Number.isNaN(Date.parse(text))) {
    throw new InvalidArgumentError('A time is RFC 3339, such as 2026-01-31T12:00:00Z, or a duration such as 36h.');
  }
  return new Date(text);
}

/** As people read it. */
export function sizeText(bytes: number): string {
  const names = ['B', 'kB', 'MB', 'GB', 'TB'];
  let step = 0;
  let amount = bytes;
  for (; amount >= 999.5 && step < names.length - 1; step++) amount /= 1000;
  return step === 0 ? `${amount} B` : `${amount.toFixed(amount < 10 ? 1 : 0)} ${names[step]}`;
}
