import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import { RedeliveriesStream, type StreamDefinition, streams } from '@wharf/contracts';
import { AppError, type Health, type Logger, type Metrics } from '@wharf/service-kit';
import type { NatsConnection } from 'nats';
import { lastValueFrom } from 'rxjs';
import type { Bus } from './bus.js';
import { consumerMetrics } from './consumer-metrics.js';
import { DurableConsumer } from './durable-consumer.js';
import type { StreamLimits } from './ensure-streams.js';
import { redeliveriesOf } from './redelivery.js';
import { RpcServer } from './rpc-server.js';

export interface JetStreamStrategyOptions {
  bus: Bus;
  /** Names the durables and the queue group. */
  service: string;
  health: Health;
  metrics: Metrics;
  streamLimits: StreamLimits;
  /** Events of one subject handled at once by this process. */
  concurrency: number;
  maxDeliver: number;
  logger: Logger;
}

/**
 * Nest's door to NATS: `@EventPattern(type)` becomes a durable consumer, `@MessagePattern(subject)` a queue subscription.
 * Nest's own event path does not wait for handlers, so a failure would look like success: handlers are awaited here.
 */
export class JetStreamStrategy extends Server implements CustomTransportStrategy {
  private readonly consumers: DurableConsumer[] = [];
  private readonly rpcServers: RpcServer[] = [];
  private isClosed = false;

  constructor(private readonly options: JetStreamStrategyOptions) {
    super();
  }

  /** Returns at once; consuming and answering begin at the first connection to NATS. */
  listen(callback: (error?: unknown) => void): void {
    this.options.bus.connected().then(
      (connection) => this.startHandlers(connection),
      () => undefined, // closed before it was ever connected: there is nothing to start
    );
    callback();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all([...this.consumers, ...this.rpcServers].map((part) => part.stop()));
  }

  override on(): void {
    throw new Error('the JetStream strategy emits no events');
  }

  override unwrap<T>(): T {
    return this.options.bus as T;
  }

  private startHandlers(connection: NatsConnection): void {
    if (this.isClosed) return;
    const metrics = consumerMetrics(this.options.metrics);
    for (const [subject, handler] of this.messageHandlers) {
      if (handler.isEventHandler) this.startConsumer(subject, handler, metrics);
      else this.startRpcServer(connection, subject, handler);
    }
    if (this.consumers.length > 0) this.startRedeliveries(metrics);
  }

  private startConsumer(subject: string, handler: MessageHandler, metrics: ReturnType<typeof consumerMetrics>): void {
    const consumer = new DurableConsumer({
      ...this.options,
      metrics,
      subject,
      stream: streamOf(subject),
      handle: async (event, context) => {
        await this.run(handler, event, context);
      },
    });
    consumer.start();
    this.consumers.push(consumer);
  }

  /** One consumer for all subjects: dead letters that operators give back to this service are begun in their order. */
  private startRedeliveries(metrics: ReturnType<typeof consumerMetrics>): void {
    const consumer = new DurableConsumer({
      ...this.options,
      ...redeliveriesOf(this.options.service),
      metrics,
      stream: RedeliveriesStream,
      handle: async (event, context) => {
        const handler = this.messageHandlers.get(event.type);
        if (!handler?.isEventHandler) throw new AppError('invalid_request', `this service does not take ${event.type}`);
        await this.run(handler, event, context);
      },
    });
    consumer.start();
    this.consumers.push(consumer);
  }

  private startRpcServer(connection: NatsConnection, subject: string, handler: MessageHandler): void {
    const { bus, logger, service } = this.options;
    const server = new RpcServer({
      bus,
      connection,
      logger,
      service,
      subject,
      handle: (request) => this.run(handler, request),
    });
    server.start();
    this.rpcServers.push(server);
  }

  private async run(handler: MessageHandler, data: unknown, context?: unknown): Promise<unknown> {
    const result = this.transformToObservable(await handler(data, context));
    return lastValueFrom(result, { defaultValue: undefined });
  }
}

function streamOf(subject: string): StreamDefinition {
  const prefix = subject.split('.')[0];
  const stream = streams.find((candidate) => candidate.subjects.includes(`${prefix}.>`));
  if (!stream) throw new Error(`no stream keeps ${subject}`);
  return stream;
}
