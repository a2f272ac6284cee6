import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect, type NatsConnection } from 'nats';
import { asBusUser, clientOptions } from '../scripts/servers/test-nats.ts';

/** A plain client of NATS with the credentials of one user, and what the server refuses it. */
export class BusClient {
  readonly connection: NatsConnection;
  private readonly refused = new Set<string>();

  private constructor(connection: NatsConnection) {
    this.connection = connection;
    void this.follow();
  }

  static async open(natsUrl: string, user: string): Promise<BusClient> {
    return new BusClient(await connect({ ...clientOptions(asBusUser(natsUrl, user)), reconnect: false }));
  }

  async mayPublish(subject: string, payload = ''): Promise<boolean> {
    this.connection.publish(subject, payload);
    return this.isPermitted('publish', subject);
  }

  async mayHear(subject: string): Promise<boolean> {
    const subscription = this.connection.subscribe(subject, { callback: () => undefined });
    try {
      return await this.isPermitted('subscription', subject);
    } finally {
      subscription.unsubscribe();
    }
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  /** The server answers in order: what it refuses it has said when a round trip ends. */
  private async isPermitted(operation: string, subject: string): Promise<boolean> {
    await this.connection.flush();
    await nextTurn();
    return !this.refused.delete(`${operation} ${subject}`);
  }

  private async follow(): Promise<void> {
    for await (const { permissionContext } of this.connection.status()) {
      if (permissionContext) this.refused.add(`${permissionContext.operation} ${permissionContext.subject}`);
    }
  }
}
