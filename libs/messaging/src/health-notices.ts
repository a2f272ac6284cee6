import { setTimeout as delay } from 'node:timers/promises';
import { HealthReport } from '@wharf/contracts';
import type { Health } from '@wharf/service-kit';
import { nuid } from 'nats';
import { z } from 'zod';
import type { Bus } from './bus.js';
import { HealthSubject } from './health-subjects.js';
import { parseJson } from './read-event.js';

const ToldHealth = z.object({ service: z.string(), report: HealthReport });
/** How a process is, by its own words. */
export type ToldHealth = z.infer<typeof ToldHealth>;

/** A dependency that hangs is given up after 2 s. */
const longestMs = 2500;
/** Replicas answer at about the same time: after so long without another answer all are there. */
const silenceMs = 250;

/** Tells how this process is whenever a gateway asks all of them. */
export function tellHealth(bus: Bus, health: Health): void {
  bus.listen(HealthSubject.asked, (error, { reply }) => {
    if (error || !reply?.startsWith(`${HealthSubject.told}.`)) return;
    void health.recentReport().then((report) => {
      if (bus.isConnected) bus.require().publish(reply, JSON.stringify({ service: bus.user, report }));
    });
  });
}

/**
 * Asks all processes how they are, and waits until each of `services` has answered and no more come, 2.5 seconds at most. Nothing is told while nobody
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
