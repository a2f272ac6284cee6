import { setTimeout as delay } from 'node:timers/promises';
import { HealthReport } from '@wharf/contracts';
import { type Health, withTimeout } from '@wharf/service-kit';
import { nuid } from 'nats';
import { z } from 'zod';
import type { Bus } from './bus.js';
import { HealthSubject } from './health-subjects.js';
import { parseJson } from './read-event.js';

const ToldHealth = z.object({ service: z.string(), report: HealthReport });
/** How a process is, by its own words. */
export type ToldHealth = z.infer<typeof ToldHealth>;

/** A process with a dependency that hangs answers all the same. */
const patienceMs = 800;
const longestMs = 1200;
/** Replicas answer at about the same time: after so long without another answer all are there. */
const silenceMs = 250;

/** Tells how this process is whenever a gateway asks all of them. */
export function tellHealth(bus: Bus, health: Health): void {
  bus.listen(HealthSubject.asked, (error, { reply }) => {
    if (error || !reply?.startsWith(`${HealthSubject.told}.`)) return;
    void reportOf(health).then((report) => {
      if (bus.isConnected) bus.require().publish(reply, JSON.stringify({ service: bus.user, report }));
    });
  });
}

async function reportOf(health: Health): Promise<HealthReport> {
  try {
    return await withTimeout(patienceMs, health.recentReport());
  } catch {
    const detail = `not all dependencies have answered within ${patienceMs} ms`;
    return { status: 'unavailable', checks: { dependencies: { status: 'unavailable', detail } } };
  }
}

/**
 * Asks all processes how they are, and waits until each of `services` has answered and no more come, 1.2 seconds at most. Nothing is told while nobody
 * asks. Throws `unavailable` while NATS is away.
 */
export async function askHealth(bus: Bus, services: readonly string[]): Promise<ToldHealth[]> {
  const connection = bus.require();
  const inbox = `${HealthSubject.told}.${nuid.next()}`;
  const told: ToldHealth[] = [];
  let lastMs = performance.now();
  const subscription = connection.subscribe(inbox, {
    callback: (error, message) => {
      const answer = error ? undefined : readAnswer(message.data);
      if (!answer) return;
      told.push(answer);
      lastMs = performance.now();
    },
  });
  try {
    connection.publish(HealthSubject.asked, undefined, { reply: inbox });
    const untilMs = performance.now() + longestMs;
    const isComplete = () =>
      performance.now() - lastMs >= silenceMs && services.every((name) => told.some(({ service }) => service === name));
    while (performance.now() < untilMs && !isComplete()) await delay(50);
    return told;
  } finally {
    subscription.unsubscribe();
  }
}

function readAnswer(bytes: Uint8Array): ToldHealth | undefined {
  try {
    return ToldHealth.safeParse(parseJson(bytes)).data;
  } catch {
    return undefined;
  }
}
