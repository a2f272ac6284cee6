import 'reflect-metadata';
import { AttachmentMetrics } from '@wharf/attachments';
import { openWorker, startHandlers } from '@wharf/messaging/nest';
import { keepStorePrepared, openObjectStore } from '@wharf/object-store';
import type { Logger, Running } from '@wharf/service-kit';
import { lateVolume } from '@wharf/volume';
import { auditMetrics } from './audit/audit-metrics.js';
import { auditOnSchedule } from './audit/audit-on-schedule.js';
import { RequestedAudits } from './audit/requested-audits.js';
import type { Config } from './config.js';
import { type Janitor, serviceName } from './janitor.js';
import { janitorModule } from './janitor.module.js';
import { scrubMetrics } from './scrub/scrub-metrics.js';
import { scrubOnSchedule } from './scrub/scrub-on-schedule.js';
import { Schedule } from './sweeps/schedule.js';
import { sweepAttachments, sweepRecords, sweepVolume } from './sweeps/sweep-files.js';
import { sweepMetrics } from './sweeps/sweep-metrics.js';

export type { AuditOptions, AuditOutcome } from './audit/audit.js';
export type { AuditTally } from './audit/audit-tally.js';
export { type HandAudit, openAudit } from './audit/open-audit.js';
export type { UndoOutcome } from './audit/undo-audit.js';
export { type Config, checkJanitor, janitorSettings } from './config.js';

const limits = { concurrency: 8, maxDeliver: 10 };

/** Starts whatever is away: NATS, the object store and the volume are tried again until they are there. */
export async function startJanitor(config: Config, logger: Logger): Promise<Running> {
  const store = await openObjectStore(config);
  const openVolume = lateVolume(config.volumeDir);
  const worker = await openWorker(serviceName, config, logger);
  const { bus, health, lifecycle, metrics } = worker;
  lifecycle.onClose('object store', () => store.close());
  health.addProbe('object_store', () => store.probe());
  health.addProbe('volume', async () => (await openVolume()).probe());
  lifecycle.onClose('store preparation', keepStorePrepared(store, { isRepeated: !config.objectStoreUrl, logger }));

  const audits = new RequestedAudits();
  lifecycle.onClose('requested audits', () => audits.stop());
  const janitor: Janitor = {
    config,
    bus,
    store,
    openVolume,
    logger,
    metrics: sweepMetrics(metrics),
    auditMetrics: auditMetrics(metrics),
    scrubMetrics: scrubMetrics(metrics),
    attachmentMetrics: new AttachmentMetrics(metrics),
    audits,
  };
  const handlers = await startHandlers(worker, janitorModule(janitor), limits);
  lifecycle.onClose('handlers', () => handlers.close());
  const schedules = [
    { cronTime: config.purgeSchedule, work: (stopping: AbortSignal) => sweepVolume(janitor, stopping) },
    { cronTime: config.expireSchedule, work: (stopping: AbortSignal) => sweepRecords(janitor, stopping) },
    { cronTime: config.expireSchedule, work: (stopping: AbortSignal) => sweepAttachments(janitor, stopping) },
    { cronTime: config.auditSchedule, work: (stopping: AbortSignal) => auditOnSchedule(janitor, stopping) },
    { cronTime: config.scrubSchedule, work: (stopping: AbortSignal) => scrubOnSchedule(janitor, stopping) },
  ].flatMap(({ cronTime, work }) => (cronTime ? new Schedule({ cronTime, work, logger }) : []));
  for (const schedule of schedules) schedule.start();
  lifecycle.onClose('schedules', () => Promise.all(schedules.map((schedule) => schedule.stop())));
  return worker;
}
