import { checkObjectStore, objectStoreSettings } from '@wharf/object-store';
import {
  type ConfigOf,
  Duration,
  healthSettings,
  integer,
  setting,
  sharedSettings,
  volumeSettings,
} from '@wharf/service-kit';
import { sendAt } from 'cron';
import { z } from 'zod';

const CronExpression = z.string().superRefine((text, context) => {
  try {
    // The next time: an expression such as the 30th of February is well formed and never due.
    sendAt(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    context.addIssue({ code: 'custom', message: `not a cron expression of 5 or 6 fields (${reason})` });
  }
});

const Percent = z
  .string()
  .regex(/^\d{1,3}(\.\d+)?$/, 'must be a percentage such as 85')
  .transform(Number)
  .pipe(z.number().max(100));

const Share = z
  .string()
  .regex(/^\d+(\.\d+)?$/, 'must be a number from 0 to 1')
  .transform(Number)
  .pipe(z.number().max(1));

export const janitorSettings = {
  ...sharedSettings,
  ...volumeSettings,
  ...healthSettings(8083),
  ...objectStoreSettings,
  purgeSchedule: setting(
    'PURGE_SCHEDULE',
    CronExpression.prefault('0 */10 * * * *'),
    'When sweeps run: a cron expression of 5 fields, or of 6 with seconds first, in the time zone of the process (TZ)',
  ),
  purgeAfterMs: setting(
    'PURGE_AFTER',
    Duration.prefault('7d'),
    'How long a file stays on the volume after it was copied to the object store',
  ),
  purgeHighWater: setting(
    'PURGE_HIGH_WATER',
    Percent.prefault('85'),
    'Percent of the volume above which local copies are freed before their time, those that nobody has read for longest first',
  ),
  purgeLowWater: setting(
    'PURGE_LOW_WATER',
    Percent.prefault('70'),
    'Percent of the volume down to which they are freed then',
  ),
  expireSchedule: setting(
    'EXPIRE_SCHEDULE',
    CronExpression.prefault('*/15 * * * * *'),
    'When files whose time has passed are removed: a cron expression like PURGE_SCHEDULE',
  ),
  incomingMaxAgeMs: setting(
    'INCOMING_MAX_AGE',
    Duration.prefault('24h'),
    'Parts of uploads that nobody touched for this long are removed',
  ),
  attachmentOrphanAgeMs: setting(
    'ATTACHMENT_ORPHAN_AGE',
    Duration.refine((ms) => ms >= 1000, 'must be 1s or more').prefault('7d'),
    'How long a confirmed attachment without a message_id is kept; its deletion is announced when a seventh of that is left',
  ),
  auditSchedule: setting(
    'AUDIT_SCHEDULE',
    CronExpression.optional(),
    'When records, volume and store are compared: a cron expression like PURGE_SCHEDULE, such as 0 3 * * *; empty for never',
  ),
  auditRepair: setting(
    'AUDIT_REPAIR',
    z
      .enum(['true', 'false'])
      .transform((text) => text === 'true')
      .prefault('false'),
    'true: an audit by schedule repairs what it finds; false: it only reports',
  ),
  auditGraceMs: setting(
    'AUDIT_GRACE',
    Duration.prefault('1h'),
    'Neither an audit nor a scrub judges anything that was made or changed within this time',
  ),
  auditDigestSample: setting(
    'AUDIT_DIGEST_SAMPLE',
    Share.prefault('0.01'),
    'Share of files whose bytes an audit reads on both sides, from 0 to 1; sizes are always compared',
  ),
  scrubSchedule: setting(
    'SCRUB_SCHEDULE',
    CronExpression.optional(),
    'When the bytes of copies are read again and repaired: a cron expression like PURGE_SCHEDULE, such as 0 4 * * *; empty for never',
  ),
  scrubBytesPerDay: setting(
    'SCRUB_BYTES_PER_DAY',
    integer({ min: 1 }).prefault(String(50 * 2 ** 30)),
    'How much of the volume and the object store together a scrub reads a day; the next day goes on where it ended',
  ),
};

export type Config = ConfigOf<typeof janitorSettings>;

/** What is wrong with settings that are valid one by one. */
export function checkJanitor(config: Partial<Config>): string[] {
  const { purgeHighWater, purgeLowWater } = config;
  const problems = checkObjectStore(config);
  if (purgeHighWater !== undefined && purgeLowWater !== undefined && purgeHighWater <= purgeLowWater) {
    problems.push('PURGE_HIGH_WATER: must be above PURGE_LOW_WATER');
  }
  return problems;
}
