import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { AttachmentMetrics } from '@wharf/attachments';
import { GetFile, serviceCaller } from '@wharf/contracts';
import { Bus, Confirmations, callRpc, keepStreams, natsAccess, tellHealth } from '@wharf/messaging';
import { openObjectStore } from '@wharf/object-store';
import { Health, hasCode, Lifecycle, type Logger, Metrics, originOf, type Running } from '@wharf/service-kit';
import { Volume } from '@wharf/volume';
import { openAccess } from './access/access.js';
import type { Config } from './config.js';
import { AccessLog } from './downloads/access-log.js';
import { DownloadLeases } from './downloads/download-leases.js';
import { forgetLostCopies } from './downloads/forget-lost-copies.js';
import { LocalCopies } from './downloads/local-copies/local-copies.js';
import { RecordCache } from './downloads/record-cache.js';
import { FileOwners } from './events/file-owners.js';
import { LiveEvents } from './events/live-events.js';
import { OpenStreams } from './events/open-streams.js';
import type { Gateway } from './gateway.js';
import { surviveAcceptErrors } from './http/accept-errors.js';
import { AddressLimit } from './http/address-limit.js';
import { affordableConnections } from './http/affordable-connections.js';
import { createApp } from './http/app.js';
import { watchConnections } from './http/connections.js';
import { holdContinue } from './http/continue.js';
import { guarded, guardRequests } from './http/guard-requests.js';
import { lingerAfterAnswers } from './http/linger.js';
import { answerMalformedRequests, mostHeaderBytes } from './http/malformed-requests.js';
import { withOriginForm } from './http/request-target.js';
import { RunningRequests } from './http/running-requests.js';
import { serialized } from './http/serialize-requests.js';
import { cutSlowClients } from './http/slow-clients.js';
import { JournalRelay } from './relay/journal-relay.js';
import { openResumable } from './resumable/resumable.js';
import { UploadSweep } from './resumable/upload-sweep.js';
import { ShownPasswords } from './unlocking/shown-passwords.js';
import { UploadQuotas } from './uploads/quotas/upload-quotas.js';
import { VolumeSpace } from './uploads/volume-space.js';

export { gatewaySettings } from './config.js';

/** Uploads that one address may have open, unless configured. */
const uploadsOfAddress = 100;

/**
 * Opens the HTTP door at once: uploads are taken while NATS, PostgreSQL or the object store are away.
 * Only a volume that cannot be written keeps the gateway from starting.
 */
export async function startGateway(config: Config, logger: Logger): Promise<Running> {
  const lifecycle = new Lifecycle(logger);
  const volume = await Volume.open(config.volumeDir, { durability: config.durability });
  lifecycle.onClose('volume', () => volume.close());
  const store = await openObjectStore(config);
  lifecycle.onClose('object store', () => store.close());
  const bus = Bus.open({ ...natsAccess(config), name: 'gateway', logger });
  lifecycle.onClose('bus', () => bus.drain());
  const confirmations = new Confirmations(bus);
  const access = openAccess(config, bus, logger);
  lifecycle.onClose('access', () => access.close());
  const metrics = new Metrics('gateway');
  const resumable = openResumable({ bus, logger, metrics, leaseMs: config.uploadLeaseMs });
  const gateway: Gateway = {
    config,
    access,
    bus,
    confirmations,
    volume,
    space: new VolumeSpace(volume, config.volumeReserveBytes),
    openUploads: new AddressLimit(config.maxUploadsPerAddress, uploadsOfAddress),
    quotas: new UploadQuotas(bus, logger),
    resumable,
    store,
    records: new RecordCache(bus, logger),
    copies: new LocalCopies(volume),
    leases: new DownloadLeases(bus, logger),
    live: new LiveEvents(bus, logger),
    streams: new OpenStreams(),
    owners: new FileOwners({ bus }),
    passwords: new ShownPasswords(),
    accesses: new AccessLog(bus, logger),
    logger,
    metrics,
    attachmentMetrics: new AttachmentMetrics(metrics),
    health: watchDependencies({ access, bus, volume, store }),
  };
  lifecycle.onClose('local copies', () => gateway.copies.close());
  lifecycle.onClose('download leases', () => gateway.leases.close());
  lifecycle.onClose('quotas', () => gateway.quotas.close());
  lifecycle.onClose('access log', () => gateway.accesses.close());
  forgetLostCopies(gateway);
  const relay = new JournalRelay(gateway);
  bus.onConnected(() => gateway.health.forgetRecent());
  const { health } = gateway;
  tellHealth(bus, health);
  keepStreams({ bus, health, lifecycle, logger, metrics, isEssential: false, onReady: () => relay.wake() });
  relay.start();
  lifecycle.onClose('journal relay', () => relay.stop());
  const sweep = new UploadSweep(gateway);
  sweep.start();
  lifecycle.onClose('resumable uploads', () =>
    Promise.all([sweep.stop(), resumable.leases.close()]).then(() => undefined),
  );

  const requests = new RunningRequests();
  const app = withOriginForm(createApp(gateway, requests).callback());
  const server = createServer(
    { requireHostHeader: false, maxHeaderSize: mostHeaderBytes },
    serialized(guarded(app, logger)),
  );
  guardRequests(server, logger);
  await listen(server, gateway);
  surviveAcceptErrors(server, logger);
  lifecycle.onClose('http server', () => closeServer(server, gateway, requests));
  const { port } = server.address() as AddressInfo;
  return { url: originOf(config.host, port), close: () => lifecycle.close() };
}

function watchDependencies({
  access,
  bus,
  volume,
  store,
}: Pick<Gateway, 'access' | 'bus' | 'volume' | 'store'>): Health {
  const health = new Health();
  // Uploads need the volume alone: without the others they are taken and answered 202.
  health.addProbe('volume', () => volume.probe());
  health.addProbe('nats', () => bus.roundTrip(), { isEssential: false });
  health.addProbe('metadata', () => askMetadata(bus), { isEssential: false });
  if (!access.isOpen) health.addProbe('accounts', () => access.trust.probe(), { isEssential: false });
  health.addProbe('object_store', () => store.probe(), { isEssential: false });
  return health;
}

/** A uid that no file has. */
const noFile = '00000000-0000-7000-8000-000000000000';

/** Asks for a file that does not exist: the answer proves metadata and its database. */
async function askMetadata(bus: Bus): Promise<void> {
  try {
    await callRpc(bus, GetFile, { uid: noFile, caller: serviceCaller }, { timeoutMs: 1500 });
  } catch (error) {
    if (!hasCode(error, 'file_not_found')) throw error;
  }
}

async function listen(server: Server, gateway: Gateway): Promise<void> {
  const { config } = gateway;
  // A long upload is no slow-loris: headers have a limit, and a body only has to keep moving.
  server.requestTimeout = 0;
  server.headersTimeout = 60_000;
  server.keepAliveTimeout = 65_000;
  server.setTimeout(config.idleTimeoutMs);
  server.maxConnections = await affordableConnections(config.maxConnections);
  cutSlowClients(server, watchConnections(server, gateway), config.minThroughput);
  holdContinue(server);
  lingerAfterAnswers(server);
  answerMalformedRequests(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.port, config.host, resolve);
  });
}

/**
 * Readiness fails first, while everything is still answered for as long as load balancers need to notice; then what runs may
 * end within the grace and new requests are told to go elsewhere; then connections are cut.
 */
async function closeServer(
  server: Server,
  { config, health, streams }: Gateway,
  requests: RunningRequests,
): Promise<void> {
  health.startDraining();
  const cut = setTimeout(() => server.closeAllConnections(), config.shutdownGraceMs);
  await delay(Math.min(config.drainDelayMs, config.shutdownGraceMs));
  // They have no end of their own.
  streams.endAll();
  await requests.finish();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
  clearTimeout(cut);
}
