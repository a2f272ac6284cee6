import { objectStoreSettings } from '@wharf/object-store';
import { type ConfigOf, integer, Port, setting, sharedSettings, volumeSettings, WordList } from '@wharf/service-kit';
import { z } from 'zod';

const mebibyte = 1024 * 1024;

export const gatewaySettings = {
  ...sharedSettings,
  ...volumeSettings,
  ...objectStoreSettings,
  port: setting('PORT', Port.prefault('8080'), 'Port of the HTTP door; 0 takes any free one'),
  host: setting('HOST', z.string().prefault('127.0.0.1'), 'Address on which the HTTP door listens'),
  maxFileSizeBytes: setting(
    'MAX_FILE_SIZE',
    integer({ min: 1 }).prefault(String(500 * mebibyte)),
    'Largest upload in bytes',
  ),
  volumeReserveBytes: setting(
    'VOLUME_RESERVE_BYTES',
    integer().prefault(String(256 * mebibyte)),
    'Free bytes of the volume below which uploads are refused',
  ),
  durability: setting(
    'DURABILITY',
    z.enum(['fsync', 'os']).prefault('fsync'),
    'fsync: an answered upload survives a power cut; os: it survives the process only',
  ),
  recordWaitMs: setting(
    'RECORD_WAIT_MS',
    integer().prefault('2000'),
    'How long an upload waits for its record before it is answered 202 instead of 201',
  ),
  allowedContentTypes: setting(
    'ALLOWED_CONTENT_TYPES',
    WordList.prefault(''),
    'Comma-separated types that may be uploaded, such as image/*,application/pdf; empty allows all',
  ),
  idleTimeoutMs: setting(
    'IDLE_TIMEOUT_MS',
    integer({ min: 1000 }).prefault('120000'),
    'A connection on which nothing moves for this long is closed',
  ),
};

export type Config = ConfigOf<typeof gatewaySettings>;
