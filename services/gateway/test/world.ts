import path from 'node:path';
import type { HealthReport } from '@wharf/contracts';
import { loadConfig, type Running } from '@wharf/service-kit';
import { eventually, testLogger } from '@wharf/test-kit';
import { openSurroundings, ServiceWorld, type Surroundings } from '../../../libs/test-kit/test/service-world.ts';
import { gatewaySettings } from '../src/config.js';
import { startGateway } from '../src/start.js';
import { MetadataStandIn } from './metadata-stand-in.js';

type Environment = Record<string, string>;

/** What surrounds gateways: NATS, a volume, a directory for an object store, and a stand-in for metadata. */
export class GatewayWorld extends ServiceWorld {
  readonly metadata = new MetadataStandIn(this.bus);
  readonly environment: Environment;

  private constructor(surroundings: Surroundings, overrides: Environment) {
    super(surroundings);
    this.environment = {
      NATS_URL: this.natsUrlOf('gateway'),
      VOLUME_DIR: this.volumeDir,
      OBJECT_STORE_URL: `file://${this.folder.path}/objects`,
      PORT: '0',
      SHUTDOWN_GRACE_MS: '1000',
      // Tests of 201 shall not depend on how busy the machine is.
      RECORD_WAIT_MS: '15000',
      ...overrides,
    };
  }

  static async open(overrides: Environment = {}): Promise<GatewayWorld> {
    const world = new GatewayWorld(await openSurroundings('gateway'), overrides);
    await world.metadata.start();
    world.onClose(() => world.metadata.stop());
    return world;
  }

  get volumeDir(): string {
    return path.join(this.folder.path, 'volume');
  }

  get natsUrl(): string {
    return this.nats.url;
  }

  /** Starts a gateway and, unless told otherwise, waits until it has found metadata; it is closed after the tests. */
  async start(overrides: Environment = {}, { untilConnected = true } = {}): Promise<Running> {
    const config = loadConfig(gatewaySettings, { ...this.environment, ...overrides });
    const running = await this.keepReplica(startGateway(config, testLogger));
    if (untilConnected) await untilMetadataIsFound(running);
    return running;
  }
}

/** The door is open at once; files are known as soon as the gateway is connected. */
export async function untilMetadataIsFound({ url }: Running): Promise<void> {
  await eventually(
    async () => {
      const { checks } = (await (await fetch(`${url}/health/ready`)).json()) as HealthReport;
      if (checks.metadata?.status !== 'ok') throw new Error(`metadata is not found: ${JSON.stringify(checks)}`);
    },
    { everyMs: 20 },
  );
}
