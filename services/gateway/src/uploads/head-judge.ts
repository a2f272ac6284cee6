import { judgeType } from '@wharf/content-types';
import { extensionOf } from '@wharf/contracts';
import { BodyHead } from '@wharf/volume';
import type { Gateway } from '../gateway.js';
import { cleanFileName } from './file-name.js';
import type { ReceivedFile } from './plan-file.js';

/**
 * Judges the type of a file as soon as all bytes have arrived by which it will be told, so that one which is not taken is refused before
 * the rest is read. A file that is shorter is judged when it is whole, by the same rule.
 */
export class HeadJudge {
  private readonly head = new BodyHead();

  private constructor(
    private readonly allowed: readonly string[],
    private readonly file: Omit<ReceivedFile, 'staged'>,
  ) {}

  /** Undefined where every type is taken: nothing is kept or judged then. */
  static of(config: Gateway['config'], file: Omit<ReceivedFile, 'staged'>): HeadJudge | undefined {
    return config.allowedContentTypes.length === 0 ? undefined : new HeadJudge(config.allowedContentTypes, file);
  }

  /** The next bytes of the file. Where it gives a promise, go on after that resolved; it rejects with `content_type_not_allowed`. */
  take(bytes: Buffer): Promise<void> | undefined {
    if (this.head.isWhole) return undefined;
    this.head.keep(bytes);
    return this.head.isWhole ? this.judge() : undefined;
  }

  private async judge(): Promise<void> {
    const { declaredType, sentName } = this.file;
    const extension = extensionOf(cleanFileName(sentName));
    await judgeType(this.head.bytes, { declaredType, extension, allowed: this.allowed });
  }
}
