import { setTimeout as delay } from 'node:timers/promises';
import { DeleteFile } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import type { AuditWorld, TestFile } from './audit-world.js';

const everyMs = 100;
const oldFiles = 20;

/** The life of a healthy system beside an audit: files come, are copied, freed and deleted. */
export class Bustle {
  /** Whatever it touches. */
  readonly uids = new Set<string>();
  /** Old enough to be judged when they are freed or deleted under the audit's eyes. */
  private old: TestFile[] = [];

  constructor(private readonly world: AuditWorld) {}

  async prepare(): Promise<void> {
    this.old = await this.world.syncedFiles(oldFiles);
    for (const { uid } of this.old) this.uids.add(uid);
  }

  /** Goes on for as long as `work` does. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    const finished = new AbortController();
    const going = this.goOn(finished.signal);
    try {
      return await work();
    } finally {
      finished.abort();
      await going;
    }
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
