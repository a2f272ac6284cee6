import { Bus, natsAccess } from '@wharf/messaging';
import { openObjectStore } from '@wharf/object-store';
import { AppError, Lifecycle, type Logger, withTimeout } from '@wharf/service-kit';
import { lateVolume } from '@wharf/volume';
import type { Config } from '../config.js';
import { whileLeading } from '../sweeps/while-leading.js';
import { type AuditOptions, type AuditOutcome, auditLease } from './audit.js';
import { runAudit } from './run-audit.js';
import { type UndoOutcome, undoAudit } from './undo-audit.js';

/** What operators run by hand. Both throw `conflict` while another audit runs, and `unavailable` when a side is away. */
export interface HandAudit {
  run(options: AuditOptions, signal: AbortSignal): Promise<AuditOutcome>;
  undo(runId: string, signal: AbortSignal): Promise<UndoOutcome>;
  close(): Promise<void>;
}

const connectTimeoutMs = 10_000;
/** The NATS user of those who run it. */
const commandLineName = 'wharf';

/** Opens an audit in a process of its own, with the janitor's settings. Throws `unavailable` when NATS does not answer. */
export async function openAudit(config: Config, logger: Logger): Promise<HandAudit> {
  const lifecycle = new Lifecycle(logger);
  const store = await openObjectStore(config);
  lifecycle.onClose('object store', () => store.close());
  const bus = Bus.open({ ...natsAccess(config), name: commandLineName, logger });
  lifecycle.onClose('bus', () => bus.drain());
  try {
    await withTimeout(connectTimeoutMs, bus.connected(), 'NATS is not reachable');
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
  const openVolume = lateVolume(config.volumeDir);
  const alone = { bus, logger };
  return {
    run: (options, signal) =>
      lead(alone, signal, (leading) => runAudit({ bus, store, openVolume, logger }, options, leading)),
    undo: (runId, signal) =>
      lead(alone, signal, async (leading) =>
        undoAudit({ bus, store, volume: await openVolume(), runId, signal: leading }),
      ),
    close: () => lifecycle.close(),
  };
}

async function lead<Result>(
  alone: { bus: Bus; logger: Logger },
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  let result: { value: Result } | undefined;
  await whileLeading(alone, auditLease, signal, async (leading) => {
    result = { value: await work(leading) };
  });
  if (!result) throw new AppError('conflict', 'another audit is running');
  return result.value;
}
