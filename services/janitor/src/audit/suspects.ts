import type { UnfinishedUpload } from '@wharf/object-store';

/** From which side something about a file looked wrong; what the others would say is left to them, so that nothing is told twice. */
export type Side = 'records' | 'volume' | 'store';

/** Something that looked wrong at first sight, and is looked at again, closely, before anybody is told. */
export type Suspicion =
  | { kind: 'file'; uid: string; side: Side }
  /** A file or an object that is not where its name belongs, or has no name of a file. */
  | { kind: 'stray_file'; place: string }
  | { kind: 'stray_object'; place: string }
  | { kind: 'staged_file'; localPath: string }
  | { kind: 'upload'; upload: UnfinishedUpload };

/** As many as are held in memory, and looked at together. */
const batchSize = 1000;

/** Gathers suspicions into batches and hands each batch over; one batch is settled at a time, and whoever fills one waits. */
export class Suspects {
  private batch: Suspicion[] = [];
  private settling: Promise<void> = Promise.resolve();

  constructor(private readonly settle: (batch: Suspicion[]) => Promise<void>) {}

  async add(suspicion: Suspicion): Promise<void> {
    this.batch.push(suspicion);
    if (this.batch.length >= batchSize) await this.flush();
  }

  flush(): Promise<void> {
    const batch = this.batch;
    this.batch = [];
    if (batch.length > 0) this.settling = this.settling.then(() => this.settle(batch));
    return this.settling;
  }
}
