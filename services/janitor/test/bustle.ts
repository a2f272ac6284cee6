import { setTimeout as delay } from 'node:timers/promises';
import { DeleteFile, openCaller } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { newUid } from '@wharf/test-kit';
import type { AuditWorld, TestFile } from './audit-world.js';

const everyMs = 100;
const oldFiles = 20;

/** The life of a healthy system beside an audit: files come, are copied, freed and deleted. */
export class Bustle {
  /** Whatever it touches. */
  readonly uids = new Set<string>();
  /** Old enough to be judged when they are freed or deleted under the audit's eyes. */
  private old: TestFile[] = [];
  private readonly world: AuditWorld;

  constructor(world: AuditWorld) {
    this.world = world;
  }

  async prepare(): Promise<void> {
    this.old = await this.world.syncedFiles(oldFiles);
    for (const { uid } of this.old) this.uids.add(uid);
  }

  /** Goes on for as long as `work` does; what takes its time is finished afterwards. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    const finished = new AbortController();
    const unfinished: (() => Promise<unknown>)[] = [];
    const going = this.goOn(finished.signal, unfinished);
    try {
      return await work();
    } finally {
      finished.abort();
      await going;
      for (const finish of unfinished) await finish();
    }
  }

  private async goOn(signal: AbortSignal, unfinished: (() => Promise<unknown>)[]): Promise<void> {
    for (let turn = 0; !signal.aborted; turn++) {
      const file = await this.newFile();
      await this.world.announce(file);
      if (turn % 4 === 0) await this.endOldFile(turn % 8 === 0);
      if (turn % 10 === 0) unfinished.push(...(await this.beginSlowly()));
      await delay(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async newFile(): Promise<TestFile> {
    const file = await this.world.writeFile();
    this.uids.add(file.uid);
    return file;
  }

  private async endOldFile(isPurge: boolean): Promise<void> {
    const file = this.old.pop();
    if (!file) return;
    if (isPurge) await this.world.purge(file);
    else await callRpc(this.world.bus, DeleteFile, { caller: openCaller, uid: file.uid });
  }

  /** An upload, a copy and an announcement that are under way for as long as the audit is. Gives what ends them. */
  private async beginSlowly(): Promise<(() => Promise<unknown>)[]> {
    const { bucket, store, volume } = this.world;
    const late = await this.newFile();
    const upload = newUid();
    const staging = volume.stage(upload);
    await staging.write([late.bytes]);
    const key = store.keyFor(newUid());
    const uploadId = await bucket.beginUpload(key, 1);
    return [() => this.world.announce(late), () => staging.discard(), () => store.abortUpload({ key, uploadId })];
  }
}
