import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Order, WorkDone } from './orders.ts';

export interface Client {
  pid: number;
  /** Rejects when an answer was not as it has to be. */
  run(order: Order): Promise<WorkDone>;
  stop(): Promise<void>;
}

/** A client in a process of its own, which ends with ours. */
export function startClient(): Client {
  const child = fork(path.join(import.meta.dirname, 'main.ts'), { stdio: 'inherit' });
  const ended = once(child, 'exit');
  return {
    pid: child.pid as number,
    async run(order) {
      child.send(order);
      const [answer] = await Promise.race([once(child, 'message'), ended.then(() => [{ failure: 'the client died' }])]);
      const { done, failure } = answer as { done?: WorkDone; failure?: string };
      if (!done) throw new Error(failure);
      return done;
    },
    async stop() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
