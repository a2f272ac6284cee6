import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { WorkDone } from './orders.ts';

export interface WorkerProcess<Order> {
  pid: number;
  /** Rejects when something was not as it has to be. */
  run(order: Order): Promise<WorkDone>;
  stop(): Promise<void>;
}

/** A program that takes orders, one at a time, in a process of its own, which ends with ours. */
export function startWorker<Order extends object>(program: string, ...argv: string[]): WorkerProcess<Order> {
  const child = fork(program, argv, { stdio: 'inherit' });
  const ended = once(child, 'exit');
  return {
    pid: child.pid as number,
    async run(order) {
      child.send(order);
      const death = ended.then(() => [{ failure: `${program} died` }]);
      const [answer] = await Promise.race([once(child, 'message'), death]);
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
