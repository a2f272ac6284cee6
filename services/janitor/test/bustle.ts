import { setTimeout as delay } from 'node:timers/promises';
import { DeleteFile } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import type { AuditWorld, TestFile } from './audit-world.js';

const everyMs = 60;
const oldFiles = 40;

/** The life of a healthy system beside an audit: files come, are copied, freed and deleted. */
export class Bustle {
  /** Whatever it touches. */
  readonly uids = new Set<string>();
  private readonly stopper = new AbortController();

  private constructor(
    private readonly world: AuditWorld,
    /** Old enough to be judged when they are freed or deleted under the audit's eyes. */
    private readonly old: TestFile[],
  ) {
    for (const { uid } of old) this.uids.add(uid);
  }

  static async start(world: AuditWorld): Promise<Bustle> {
    return new Bustle(world, await world.syncedFiles(oldFiles));
  }

  /** Goes on for as long as `work` does. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    const finished = new AbortController();
    const going = this.goOn(AbortSignal.any([finished.signal, this.stopper.signal]));
    try {
      return await work();
    } finally {
      finished.abort();
      await going;
    }
  }

  async stop(): Promise<void> {
    this.stopper.abort();
  }

  private async goOn(signal: AbortSignal): Promise<void> {
    for (let turn = 0; !signal.aborted; turn++) {
      const file = await this.world.writeFile();
      this.uids.add(file.uid);
      await this.world.announce(file);
      const old = turn % 4 === 0 ? this.old.pop() : undefined;
      if (old && turn % 8 === 0) await this.world.purge(old);
      else if (old) await callRpc(this.world.bus, DeleteFile, { uid: old.uid });
      await delay(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
