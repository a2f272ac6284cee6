import { createReadStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { AuditClass, FilePlaces, Timestamp, Uid } from '@wharf/contracts';
import { AppError, systemCode } from '@wharf/service-kit';
import { layout, type Volume } from '@wharf/volume';
import { z } from 'zod';

const Size = z.int().nonnegative();

/** One step of a repair with all that undoing it needs. */
export const RepairAction = z.discriminatedUnion('step', [
  z.object({ step: z.enum(['quarantine_local', 'quarantine_object']), from: z.string(), to: z.string() }),
  z.object({
    step: z.literal('announce_stored'),
    uid: Uid,
    /** Null for an attachment. */
    local_path: z.string().nullable(),
    size_bytes: Size,
    object_key: z.string(),
    /** Whether the object was there before: an announcement may bring one about. */
    has_object: z.boolean(),
    /** Null where there was no record. */
    places: FilePlaces.nullable(),
  }),
  z.object({ step: z.literal('announce_purged'), uid: Uid, places: FilePlaces.nullable() }),
  z.object({ step: z.literal('announce_lost'), uid: Uid, expected: z.enum(['local', 'cloud']), detail: z.string() }),
  z.object({ step: z.literal('abort_upload'), key: z.string(), upload_id: z.string() }),
]);
export type RepairAction = z.infer<typeof RepairAction>;

const Entry = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('started'), run_id: z.string(), at: Timestamp, repair: z.boolean(), cutoff: Timestamp }),
  z.object({
    kind: z.literal('finding'),
    class: AuditClass,
    uid: Uid.nullable(),
    place: z.string(),
    detail: z.string(),
    /** The steps that a repair would take, or takes. */
    remedy: z.array(z.string()),
  }),
  z.object({ kind: z.literal('action'), number: Size, at: Timestamp, action: RepairAction }),
  /** Something that could not be judged, repaired or undone. */
  z.object({ kind: z.literal('problem'), at: Timestamp, detail: z.string() }),
  z.object({ kind: z.literal('undone'), number: Size, at: Timestamp }),
  z.object({
    kind: z.literal('finished'),
    at: Timestamp,
    examined: Size,
    findings: z.partialRecord(AuditClass, Size),
    repaired: z.partialRecord(AuditClass, Size),
  }),
]);
export type ReportEntry = z.infer<typeof Entry>;

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

/** The entries of a report, oldest first. Half a line at the end, from a run that died while writing, is left out. */
export async function* readReport(volume: Volume, runId: string): AsyncGenerator<ReportEntry> {
  const lines = createInterface({ input: createReadStream(volume.resolve(layout.auditReport(runId))) });
  try {
    for await (const line of lines) {
      const entry = Entry.safeParse(jsonOrUndefined(line));
      if (entry.success) yield entry.data;
    }
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') throw new AppError('file_not_found', `there is no report ${runId}`, { cause });
    throw cause;
  }
}

function jsonOrUndefined(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
