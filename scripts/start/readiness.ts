import { setTimeout as delay } from 'node:timers/promises';

const patienceMs = 5000;

/** Resolves when every address answers 200, saying every few seconds who is missing and why; false when `isStopping`. */
export async function waitUntilReady(
  addresses: Record<string, string>,
  say: (line: string) => void,
  isStopping: () => boolean,
): Promise<boolean> {
  const waiting = new Map(Object.entries(addresses));
  const startedAt = Date.now();
  let spokenAt = startedAt;
  while (waiting.size > 0) {
    if (isStopping()) return false;
    const reasons = await Promise.all([...waiting].map(([name, url]) => ask(name, url)));
    for (const { name, reason } of reasons) if (reason === undefined) waiting.delete(name);
    if (Date.now() - spokenAt > patienceMs) {
      spokenAt = Date.now();
      const missing = reasons.filter(({ reason }) => reason !== undefined);
      const details = missing.map(({ name, reason }) => `${name} (${reason})`).join(', ');
      if (missing.length > 0) say(`waiting for ${details} … ${seconds(startedAt)}`);
    }
    if (waiting.size > 0) await delay(100);
  }
  return true;
}

export function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

async function ask(name: string, url: string): Promise<{ name: string; reason?: string }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000), headers: { connection: 'close' } });
    const body = await response.text();
    return response.status === 200 ? { name } : { name, reason: explain(response.status, body) };
  } catch {
    return { name, reason: 'no answer yet' };
  }
}

function explain(status: number, body: string): string {
  try {
    const { checks } = JSON.parse(body) as { checks: Record<string, { status: string; detail?: string }> };
    const broken = Object.entries(checks).filter(([, check]) => check.status !== 'ok');
    return broken.map(([check, { status: state, detail }]) => `${check}: ${detail ?? state}`).join('; ') || `${status}`;
  } catch {
    return `answers ${status}`;
  }
}
