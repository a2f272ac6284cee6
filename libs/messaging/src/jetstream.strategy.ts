import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import { type CloudEvent, findRpc, RedeliveriesStream, type StreamDefinition, streamOf } from '@wharf/contracts';
import { AppError, type Health, type Logger, type Metrics, type Probe } from '@wharf/service-kit';
import type { NatsConnection } from 'nats';
import { lastValueFrom } from 'rxjs';
import type { Bus } from './bus.js';
import { consumerMetrics } from './consumer-metrics.js';
import { DurableConsumer } from './durable-consumer.js';
import type { StreamLimits } from './ensure-streams.js';
import { batchSize, EventBatches, type Received, type Refusal } from './event-batches.js';
import type { EventContext } from './event-context.js';
import { redeliveriesOf } from './redelivery.js';
import { RpcAttendance } from './rpc-attendance.js';
import { RpcServer } from './rpc-server.js';

export interface JetStreamStrategyOptions {
  bus: Bus;
  /** Names the durables and the queue group. */
  service: string;
  health: Health;
  metrics: Metrics;
  /** Of a service that makes the streams. */
  streamLimits?: StreamLimits | undefined;
  /** Events of one subject handled at once by this process, where they are not taken in batches. */
  concurrency: number;
  maxDeliver: number;
  /** Whether this process can answer requests now. While it cannot, they are left to other replicas. */
  canAnswer?: Probe;
  logger: Logger;
}

type Handle = (event: CloudEvent, context: EventContext) => Promise<void>;

/** One batch that is being handled, and one that has arrived. */
const heldForBatches = 2 * batchSize;

/**
 * Nest's door to NATS: `@OnEvent` becomes a durable consumer, `@OnRpc` a queue subscription.
 * A handler takes one event at a time, or batches of them: see `inBatches`.
 * Nest's own event path does not wait for handlers, so a failure would look like success: handlers are awaited here.
 */
export class JetStreamStrategy extends Server implements CustomTransportStrategy {
  private readonly consumers: DurableConsumer[] = [];
  private readonly rpcServers: RpcServer[] = [];
  private readonly handles = new Map<string, Handle>();
  private attendance: RpcAttendance | undefined;
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
    await this.attendance?.stop();
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
    const { canAnswer, health, logger } = this.options;
    if (canAnswer) this.attendance = new RpcAttendance({ canAnswer, servers: this.rpcServers, health, logger });
    for (const [subject, handler] of this.messageHandlers) {
      if (handler.isEventHandler) this.startConsumer(subject, handler, metrics);
      else for (const name of subjectsOf(subject)) this.startRpcServer(connection, name, handler);
    }
    if (this.consumers.length > 0) this.startRedeliveries(metrics);
    this.attendance?.start();
  }

  private startConsumer(subject: string, handler: MessageHandler, metrics: ReturnType<typeof consumerMetrics>): void {
    const handle = this.handleOf(handler);
    this.handles.set(subject, handle);
    const consumer = new DurableConsumer({
      ...this.options,
      concurrency: takesBatches(handler) ? heldForBatches : this.options.concurrency,
      metrics,
      subject,
      stream: requireStream(subject),
      handle,
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
        const handle = this.handles.get(event.type);
        if (!handle) throw new AppError('invalid_request', `this service does not take ${event.type}`);
        await handle(event, context);
      },
    });
    consumer.start();
    this.consumers.push(consumer);
  }

  private handleOf(handler: MessageHandler): Handle {
    if (!takesBatches(handler)) {
      return async (event, context) => {
        await this.run(handler, event, context);
      };
    }
    const { health, logger } = this.options;
    const handle = (batch: Received[]) => this.run(handler, batch) as Promise<readonly Refusal[] | undefined>;
    const batches = new EventBatches({ handle, health, logger });
    return (event, context) => batches.take({ event, context });
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
      onAnswered: () => this.attendance?.noteAnswer(),
    });
    server.start();
    this.rpcServers.push(server);
  }

  private async run(handler: MessageHandler, data: unknown, context?: unknown): Promise<unknown> {
    const result = this.transformToObservable(await handler(data, context));
    return lastValueFrom(result, { defaultValue: undefined });
  }
}

function takesBatches(handler: MessageHandler): boolean {
  return handler.extras?.batch === true;
}

/** Of a request: the one that it has now, and the one that callers of an earlier version still use. */
function subjectsOf(subject: string): string[] {
  const formerSubject = findRpc(subject)?.formerSubject;
  return formerSubject ? [subject, formerSubject] : [subject];
}

function requireStream(subject: string): StreamDefinition {
  const stream = streamOf(subject);
  if (!stream) throw new Error(`no stream keeps ${subject}`);
  return stream;
}
