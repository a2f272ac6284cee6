import { longestUploadRestMs } from '@wharf/contracts';
import { checkObjectStore, objectStoreSettings } from '@wharf/object-store';
import {
  type ConfigOf,
  Duration,
  Host,
  integer,
  Port,
  setting,
  sharedSettings,
  volumeSettings,
  WordList,
} from '@wharf/service-kit';
import { z } from 'zod';
import { accessSettings, checkAccess } from './access/settings.js';
import { parseHostRule } from './http/allowed-hosts.js';
import { CorsOrigin } from './http/cors-origin.js';
import { PublicOrigin } from './http/public-origin.js';
import { interopVersions } from './resumable/ietf/protocol.js';

const mebibyte = 1024 * 1024;

const AllowedHost = z.string().refine((entry) => entry === '*' || parseHostRule(entry) !== undefined, {
  error: ({ input }) =>
    `${JSON.stringify(input)} is no host such as files.example.org, *.example.org, 10.0.0.7:8080, 10.0.0.0/8 or [::1]`,
});

const InteropVersion = z
  .string()
  .transform(Number)
  .pipe(z.literal(interopVersions, { error: `must be among ${interopVersions.join(', ')}` }));

export const gatewaySettings = {
  ...sharedSettings,
  ...volumeSettings,
  ...objectStoreSettings,
  port: setting('PORT', Port.prefault('8080'), 'Port of the HTTP door; 0 takes any free one'),
  host: setting('HOST', Host.prefault('127.0.0.1'), 'Address on which the HTTP door listens'),
  allowedHosts: setting(
    'ALLOWED_HOSTS',
    WordList.pipe(z.array(AllowedHost)).prefault(''),
    'Comma-separated hosts that requests may name, such as files.example.org, *.example.org, 10.0.0.7:8080 or 10.0.0.0/8; * for all; empty for those of loopback while HOST is a loopback address, else for all',
  ),
  publicUrl: setting(
    'PUBLIC_URL',
    PublicOrigin.optional(),
    'Origin under which clients know the gateways, such as https://files.example.org: for the addresses that they are told, and Secure cookies; empty tells paths, or the origin by which a request came',
  ),
  ...accessSettings,
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
  uploadExpiryMs: setting(
    'UPLOAD_EXPIRY',
    Duration.refine((ms) => ms >= 1000 && ms <= longestUploadRestMs, 'must be between 1s and 7d').prefault('24h'),
    'How long a resumable upload waits for its client after its last bytes; then it is removed',
  ),
  uploadLeaseMs: setting(
    'UPLOAD_LEASE',
    Duration.refine((ms) => ms >= 300 && ms <= 60_000, 'must be between 300ms and 60s').prefault('15s'),
    'After how long another gateway continues the resumable upload of one that has died or hangs',
  ),
  maxAppendBytes: setting(
    'MAX_APPEND_SIZE',
    integer({ min: 1 }).optional(),
    'Bytes that one request may append to a resumable upload, for proxies that limit a request; empty for no limit',
  ),
  uploadInteropVersions: setting(
    'UPLOAD_INTEROP_VERSIONS',
    WordList.pipe(z.array(InteropVersion)).prefault('6,10'),
    'Comma-separated versions of the IETF draft (Upload-Draft-Interop-Version) whose clients are told by interim answers (104) that an upload is resumable: 6 is that of URLSession, 10 the newest; empty sends no interim answers, for proxies that break on them',
  ),
  allowedContentTypes: setting(
    'ALLOWED_CONTENT_TYPES',
    WordList.prefault(''),
    'Comma-separated types that files may have in the end, whatever they were declared as, such as image/*,application/pdf; empty allows all',
  ),
  attachmentExpiryMs: setting(
    'ATTACHMENT_EXPIRY',
    // S3 signs nothing for longer.
    Duration.refine((ms) => ms >= 1000 && ms <= 7 * 24 * 3_600_000, 'must be between 1s and 7d').prefault('1h'),
    'How long an attachment may be sent to the object store after it was presigned; as long after that what nobody has confirmed is confirmed or removed',
  ),
  cdnUrl: setting(
    'CDN_URL',
    z
      .url({ protocol: /^https?$/ })
      .transform((url) => url.replace(/\/$/, ''))
      .optional(),
    'Address under which a CDN serves the bucket: download_url of attachments is this address and their key',
  ),
  downloadMode: setting(
    'DOWNLOAD_MODE',
    z.enum(['stream', 'redirect']).prefault('stream'),
    'redirect: files that are only in the object store are answered with a redirect to it; stream: their bytes pass through',
  ),
  accelPrefix: setting(
    'ACCEL_PREFIX',
    z
      .string()
      .regex(/^\/[\w./-]*\/$/, 'must be a path such as /volume/')
      .optional(),
    'Internal location of an nginx in front that holds the volume: local files are left to it (X-Accel-Redirect)',
  ),
  corsOrigins: setting(
    'CORS_ORIGINS',
    WordList.pipe(z.array(CorsOrigin)).prefault(''),
    'Comma-separated origins whose pages may use the API, such as https://app.example.org; * for all, empty for none',
  ),
  trustedProxies: setting(
    'TRUST_PROXY',
    z
      .string()
      .regex(/^(true|false|\d+)$/, 'must be true, false or the number of proxies')
      .transform((text) => (text === 'true' ? 1 : text === 'false' ? 0 : Number(text)))
      .prefault('false'),
    'How many proxies in front set X-Forwarded-For: true is one, false none',
  ),
  drainDelayMs: setting(
    'DRAIN_DELAY_MS',
    integer().prefault('0'),
    'Milliseconds of SHUTDOWN_GRACE_MS for which requests are still taken while readiness fails already, until load balancers notice',
  ),
  idleTimeoutMs: setting(
    'IDLE_TIMEOUT_MS',
    integer({ min: 1000 }).prefault('120000'),
    'A connection on which nothing moves for this long is closed',
  ),
  maxConnections: setting(
    'MAX_CONNECTIONS',
    integer({ min: 1 }).prefault('10000'),
    'Connections that one gateway has open at most, and no more than half of the files that its process may open; others are closed at once',
  ),
  maxConnectionsPerAddress: setting(
    'MAX_CONNECTIONS_PER_ADDRESS',
    integer().optional(),
    'How many of them one address (IPv6: one /64) may have; 0 for no limit, empty for 1000, and no limit for loopback addresses. With TRUST_PROXY there is none',
  ),
  maxUploadsPerAddress: setting(
    'MAX_UPLOADS_PER_ADDRESS',
    integer().optional(),
    'Uploads that one client address may have open at a time; 0 for no limit, empty for 100, and no limit for loopback addresses',
  ),
  quotaBytes: setting(
    'QUOTA_BYTES',
    integer({ min: 1 }).optional(),
    'Bytes that the files of one owner may have together, unless its account says otherwise; empty for no limit',
  ),
  quotaFiles: setting(
    'QUOTA_FILES',
    integer({ min: 1 }).optional(),
    'Files that one owner may have, unless its account says otherwise; empty for no limit',
  ),
  maxUploadsAtATime: setting(
    'MAX_UPLOADS_AT_A_TIME',
    integer({ min: 1 }).optional(),
    'Uploads that one owner may have open at a time on all gateways, unless its account says otherwise; empty for no limit',
  ),
  minThroughput: setting(
    'MIN_THROUGHPUT',
    integer().prefault('1024'),
    'Bytes a second below which a client that sends a body or reads an answer is cut off, judged every 60 seconds after the first 30; 0 for never',
  ),
};

export type Config = ConfigOf<typeof gatewaySettings>;

/** What is wrong with the settings together. */
export function checkGateway(config: Partial<Config>): string[] {
  return [...checkObjectStore(config), ...checkAccess(config)];
}
