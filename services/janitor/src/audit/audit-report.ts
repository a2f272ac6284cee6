import type { FileHandle } from 'node:fs/promises';
import type { RepairAction, ReportEntry } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import { layout, type Volume } from '@wharf/volume';

/**
 * What one run found and did, one JSON object a line: `audits/<run id>.jsonl` on the volume. An action stands in it,
 * durably, before it is taken; so whatever a run did that died, its report tells.
 */
export class AuditReport {
  private actions = 0;
  private writing: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly localPath: string,
    private readonly handle: FileHandle,
  ) {}

  /** A new report. Throws `unavailable` when the volume cannot be written. */
  static async create(volume: Volume, runId: string): Promise<AuditReport> {
    const localPath = layout.auditReport(runId);
    try {
      return new AuditReport(localPath, await volume.createLog(localPath));
    } catch (cause) {
      throw new AppError('unavailable', 'the report of the audit cannot be written', { cause });
    }
  }

  /** An old report, to add to. Throws `file_not_found`. */
  static async open(volume: Volume, runId: string): Promise<AuditReport> {
    const localPath = layout.auditReport(runId);
    return new AuditReport(localPath, await volume.openLog(localPath));
  }

  async write(entry: ReportEntry): Promise<void> {
    await this.append(entry);
  }

  /** Durable when it resolves: only then the action may be taken. */
  async announce(action: RepairAction): Promise<void> {
    await this.append({ kind: 'action', number: this.actions++, at: new Date().toISOString(), action });
    await this.handle.datasync();
  }

  async markUndone(number: number): Promise<void> {
    await this.append({ kind: 'undone', number, at: new Date().toISOString() });
    await this.handle.datasync();
  }

  async close(): Promise<void> {
    await this.writing.catch(() => undefined);
    await this.handle.sync();
    await this.handle.close();
  }

  /** One line after the other, whoever writes. */
  private append(entry: ReportEntry): Promise<unknown> {
    const line = `${JSON.stringify(entry)}\n`;
    this.writing = this.writing.then(() => this.handle.appendFile(line));
    return this.writing;
  }
}
