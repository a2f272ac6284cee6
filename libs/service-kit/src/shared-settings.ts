import { z } from 'zod';
import { natsSettings } from './nats-settings.js';
import { Duration, integer, Port, setting } from './settings.js';

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** What every service reads. */
export const sharedSettings = {
  ...natsSettings,
  natsStreamReplicas: setting(
    'NATS_STREAM_REPLICAS',
    integer({ min: 1, max: 5 }).prefault('1'),
    'Replicas of each JetStream stream that a service creates',
  ),
  natsStreamMaxAgeMs: setting(
    'NATS_STREAM_MAX_AGE',
    Duration.prefault('30d'),
    'How long events stay in a stream that a service creates; 0s keeps them for ever',
  ),
  logLevel: setting('LOG_LEVEL', z.enum(logLevels).prefault('info'), `One of ${logLevels.join(', ')}`),
  shutdownGraceMs: setting(
    'SHUTDOWN_GRACE_MS',
    integer().prefault('25000'),
    'Milliseconds that running work may take to finish after SIGTERM',
  ),
};

export const volumeSettings = {
  volumeDir: setting('VOLUME_DIR', z.string().prefault('./volume'), 'Root of the shared volume'),
};

/** The port of `/health/*` and `/metrics` of a service that has no other HTTP door; 0 takes any free one. */
export function healthSettings(defaultPort: number) {
  return {
    healthPort: setting(
      'HEALTH_PORT',
      Port.prefault(String(defaultPort)),
      'Port of /health/live, /health/ready and /metrics',
    ),
    healthHost: setting('HEALTH_HOST', z.string().prefault('127.0.0.1'), 'Address on which HEALTH_PORT listens'),
  };
}
