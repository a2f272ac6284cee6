import { z } from 'zod';
import { natsSettings } from './nats-settings.js';
import { Duration, Host, integer, Port, setting, WordList } from './settings.js';

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** A number for all, or a list of `name=number`; a number without a name among them is for all others. */
const StreamBytes = WordList.transform((words, context) => {
  const bytes: Record<string, number> = {};
  for (const word of words) {
    const [, name = '', digits] = /^(?:([A-Za-z_]+)=)?(\d{1,15})$/.exec(word) ?? [];
    if (digits === undefined) {
      context.addIssue({ code: 'custom', message: 'must be bytes, or a list such as FILES=8589934592,DEAD_LETTERS=0' });
      return z.NEVER;
    }
    bytes[name || everyStream] = Number(digits);
  }
  return bytes;
});

/** The key of what counts for streams that are not named. */
export const everyStream = '*';

/** What every service reads. */
export const sharedSettings = {
  ...natsSettings,
  logLevel: setting('LOG_LEVEL', z.enum(logLevels).prefault('info'), `One of ${logLevels.join(', ')}`),
  shutdownGraceMs: setting(
    'SHUTDOWN_GRACE_MS',
    integer().prefault('25000'),
    'Milliseconds that running work may take to finish after SIGTERM',
  ),
};

/** Of the service that makes the streams. */
export const streamSettings = {
  natsStreamReplicas: setting(
    'NATS_STREAM_REPLICAS',
    integer({ min: 1, max: 5 }).prefault('1'),
    'Replicas of each JetStream stream and key bucket that is made',
  ),
  natsStreamMaxAgeMs: setting(
    'NATS_STREAM_MAX_AGE',
    Duration.prefault('30d'),
    'How long events stay in a stream that is made; 0s keeps them for ever',
  ),
  natsStreamMaxBytes: setting(
    'NATS_STREAM_MAX_BYTES',
    StreamBytes.prefault('0'),
    'Bytes that each stream and key bucket may hold, or some of them, such as FILES=8589934592,wharf_idempotency=268435456; 0 sets no bound',
  ),
};

export const volumeSettings = {
  volumeDir: setting('VOLUME_DIR', z.string().prefault('./volume'), 'Root of the shared volume'),
};

/** Of the access tokens that the accounts service signs and gateways judge: both have to be told the same. */
export const tokenSettings = {
  tokenIssuer: setting(
    'TOKEN_ISSUER',
    z.string().prefault('wharf'),
    'Who issues the access tokens of users (iss); the same for accounts and gateways',
  ),
  tokenAudience: setting(
    'TOKEN_AUDIENCE',
    z.string().prefault('wharf'),
    'Whom the access tokens of users are for (aud); the same for accounts and gateways',
  ),
};

/** The port of `/health/*` and `/metrics` of a service that has no other HTTP door; 0 takes any free one. */
export function healthSettings(defaultPort: number) {
  return {
    healthPort: setting(
      'HEALTH_PORT',
      Port.prefault(String(defaultPort)),
      'Port of /health/live, /health/ready and /metrics',
    ),
    healthHost: setting('HEALTH_HOST', Host.prefault('127.0.0.1'), 'Address on which HEALTH_PORT listens'),
  };
}
