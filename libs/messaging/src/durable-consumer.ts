import { setTimeout as delay } from 'node:timers/promises';
import { type CloudEvent, Header, type StreamDefinition } from '@wharf/contracts';
import { type AppError, type Health, type Logger, toAppError } from '@wharf/service-kit';
import { AckPolicy, type Consumer, DeliverPolicy, type JsMsg, nanos, ReplayPolicy } from 'nats';
import type { Bus } from './bus.js';
import type { ConsumerMetrics } from './consumer-metrics.js';
import { deadLetter } from './dead-letter.js';
import { ensureStreams, type StreamLimits } from './ensure-streams.js';
import { EventContext } from './event-context.js';
import { readEvent } from './read-event.js';
import { backoffMs, settlementFor } from './settle.js';

export interface DurableConsumerOptions {
  bus: Bus;
  service: string;
  stream: StreamDefinition;
  /** The event's type; the durable is named after service and subject, so that replicas share the work. */
  subject: string;
  handle(event: CloudEvent, context: EventContext): Promise<void>;
  /** Asked when a handler finds a dependency away: consuming pauses until it is well again. */
  health: Health;
  /** Messages handled at once by this process. */
  concurrency: number;
  /** Deliveries after which a failing message becomes a dead letter. */
  maxDeliver: number;
  streamLimits: StreamLimits;
  metrics: ConsumerMetrics;
  logger: Logger;
}

const ackWaitMs = 30_000;
const pullExpiresMs = 1000;
const recheckIdleMs = 30_000;
const troubleDelayMs = 1000;
const longestPauseMs = 10_000;

/**
 * Pulls the events of one subject through a durable consumer and settles each by what its handler does.
 * Delivery is at least once; events of one subject start in stream order, but run side by side.
 * The server's own limit of deliveries stays off: past it a message would vanish without a dead letter.
 */
export class DurableConsumer {
  private readonly stopper = new AbortController();
  private readonly running = new Set<Promise<void>>();
  private readonly name: string;
  private consumer: Consumer | undefined;
  private ensuredAt = 0;
  private pause: Promise<void> | undefined;
  private loop: Promise<void> | undefined;

  constructor(private readonly options: DurableConsumerOptions) {
    this.name = `${options.service}-${options.subject.replaceAll('.', '_')}`;
  }

  start(): void {
    this.loop = this.run();
  }

  /** Takes no more messages, lets the running ones finish. */
  async stop(): Promise<void> {
    this.stopper.abort();
    await this.loop;
    await Promise.all(this.running);
  }

  private get isStopping(): boolean {
    return this.stopper.signal.aborted;
  }

  private async run(): Promise<void> {
    while (!this.isStopping) {
      await this.pause;
      if (this.running.size >= this.options.concurrency) {
        await Promise.race(this.running);
        continue;
      }
      const message = await this.next();
      if (!message) continue;
      const work = this.process(message).finally(() => this.running.delete(work));
      this.running.add(work);
    }
  }

  private async next(): Promise<JsMsg | undefined> {
    try {
      if (!this.consumer || Date.now() - this.ensuredAt > recheckIdleMs) this.consumer = await this.ensureConsumer();
      const message = await this.consumer.next({ expires: pullExpiresMs });
      if (message) this.ensuredAt = Date.now();
      return message ?? undefined;
    } catch (error) {
      this.consumer = undefined;
      if (this.options.bus.isConnected) {
        this.options.logger.warn({ error, consumer: this.name }, 'pulling failed; the consumer is set up again');
      }
      await delay(troubleDelayMs, undefined, { signal: this.stopper.signal }).catch(() => undefined);
      return undefined;
    }
  }

  private async ensureConsumer(): Promise<Consumer> {
    const { bus, stream, subject, streamLimits } = this.options;
    await ensureStreams(bus, streamLimits);
    const manager = await bus.jetstreamManager();
    await manager.consumers.add(stream.name, {
      durable_name: this.name,
      filter_subject: subject,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ackWaitMs),
      deliver_policy: DeliverPolicy.All,
      replay_policy: ReplayPolicy.Instant,
      max_ack_pending: 1000,
      max_deliver: -1,
    });
    this.ensuredAt = Date.now();
    return bus.jetstream().consumers.get(stream.name, this.name);
  }

  private async process(message: JsMsg): Promise<void> {
    const keepAlive = setInterval(() => message.working(), ackWaitMs / 3);
    try {
      const outcome = await this.handleUntilSettled(message);
      this.options.metrics.settled(this.name, outcome);
    } catch (error) {
      // The dead letter could not be written: the message stays ours and is redelivered after the ack wait.
      this.options.logger.error({ error, consumer: this.name }, 'settling a message failed');
    } finally {
      clearInterval(keepAlive);
    }
  }

  private async handleUntilSettled(message: JsMsg): Promise<string> {
    const { logger, maxDeliver } = this.options;
    const attempt = message.info.deliveryCount;
    while (true) {
      const error = await this.tryHandle(message, attempt);
      if (!error) return this.ack(message);
      let settlement = settlementFor(error.code);
      if (settlement === 'wait') {
        if (await this.isDependencyAway()) {
          await this.untilHealthy(error);
          if (!this.isStopping) continue;
          message.nak();
          return 'returned';
        }
        // Everything is well, and yet this message fails: it counts.
        settlement = 'retry';
      }
      if (settlement === 'ack') return this.ack(message);
      if (settlement === 'retry' && attempt < maxDeliver) {
        const delayMs = backoffMs(attempt);
        logger.warn(
          { error, consumer: this.name, attempt, delayMs, seq: message.seq },
          'a message failed; it will be retried',
        );
        message.nak(delayMs);
        return 'retried';
      }
      logger.error({ error, consumer: this.name, attempt, seq: message.seq }, 'a message was given up');
      await deadLetter(this.options.bus, this.options.service, message, error);
      return 'dead_letter';
    }
  }

  private ack(message: JsMsg): string {
    message.ack();
    return 'acked';
  }

  private async tryHandle(message: JsMsg, attempt: number): Promise<AppError | undefined> {
    const { bus, handle, maxDeliver, subject } = this.options;
    try {
      const event = readEvent(subject, message.data);
      const confirmTo = message.headers?.get(Header.confirmTo);
      const context = new EventContext({
        attempt,
        isLastAttempt: attempt >= maxDeliver,
        signal: this.stopper.signal,
        confirm: (body) => {
          if (confirmTo && bus.isConnected) bus.require().publish(confirmTo, JSON.stringify(body));
        },
      });
      await handle(event, context);
      return undefined;
    } catch (error) {
      return toAppError(error);
    }
  }

  private async isDependencyAway(): Promise<boolean> {
    return (await this.options.health.report()).status !== 'ok';
  }

  /** One pause for all messages in flight: nothing is pulled, and what is held is kept alive, until health returns. */
  private untilHealthy(error: AppError): Promise<void> {
    this.pause ??= this.waitForHealth(error).finally(() => {
      this.pause = undefined;
      this.options.metrics.paused(this.name, false);
    });
    return this.pause;
  }

  private async waitForHealth(error: AppError): Promise<void> {
    const { logger, metrics } = this.options;
    metrics.paused(this.name, true);
    logger.warn({ error, consumer: this.name }, 'a dependency is away; consuming pauses');
    for (let attempt = 1; !this.isStopping; attempt++) {
      const jitter = 0.5 + Math.random();
      const pauseMs = Math.min(backoffMs(attempt), longestPauseMs) * jitter;
      await delay(pauseMs, undefined, { signal: this.stopper.signal }).catch(() => undefined);
      if (!(await this.isDependencyAway())) break;
    }
    logger.info({ consumer: this.name }, 'consuming goes on');
  }
}
