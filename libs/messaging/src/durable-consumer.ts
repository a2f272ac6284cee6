import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { type CloudEvent, Header, RedeliveriesStream, type StreamDefinition } from '@wharf/contracts';
import { AppError, type Health, InFlight, type Logger, toAppError } from '@wharf/service-kit';
import { ackPolicyFor, backoffMs } from './ack-policy.js';
import type { Bus } from './bus.js';
import type { ConsumerMetrics } from './consumer-metrics.js';
import { durableName } from './consumer-names.js';
import { deadLetter } from './dead-letter.js';
import type { Delivery } from './delivery.js';
import { ackWaitMs, ensureConsumer } from './ensure-consumer.js';
import { ensureStreams, type StreamLimits } from './ensure-streams.js';
import { EventContext } from './event-context.js';
import { isInbox } from './inbox.js';
import { describeLeftMessage, headerReader, leftMessageOf, readLeftMessage } from './left-message.js';
import { PullSubscription, pullExpiresMs } from './pull-subscription.js';
import { readEvent } from './read-event.js';
import { originalSubject } from './redelivery.js';

export interface DurableConsumerOptions {
  bus: Bus;
  service: string;
  stream: StreamDefinition;
  /** The event's type, or a pattern of redeliveries. */
  subject: string;
  /** Named after service and subject unless told, so that replicas share the work. */
  durable?: string;
  handle(event: CloudEvent, context: EventContext): Promise<void>;
  /** Asked when a handler finds a dependency away: consuming pauses until it is well again. */
  health: Health;
  /** Messages handled at once by this process. */
  concurrency: number;
  /** Deliveries after which a failing message becomes a dead letter. */
  maxDeliver: number;
  /** Of a service that makes the streams; others wait until it has. */
  streamLimits?: StreamLimits | undefined;
  metrics: ConsumerMetrics;
  logger: Logger;
}

const retrySetupMs = 1000;
/** A stream that is being deleted tells its consumers first: one made again at once is bound to nothing and stays silent. */
const goneRestMs = 1000;
const longestPauseMs = 10_000;

/**
 * Pulls the events of one subject through a durable consumer and settles each by what its handler does.
 * Delivery is at least once; events of one subject start in stream order, but run side by side.
 */
export class DurableConsumer {
  private readonly stopper = new AbortController();
  private readonly inFlight = new InFlight();
  private readonly name: string;
  private source: PullSubscription | undefined;
  private setup: Promise<void> | undefined;
  private pause: Promise<void> | undefined;
  private healthCheck: Promise<boolean> | undefined;

  constructor(private readonly options: DurableConsumerOptions) {
    this.name = options.durable ?? durableName(options.service, options.subject);
  }

  start(): void {
    // At every connection: a server may have come back without its data.
    this.options.bus.onConnected(() => this.setUp());
  }

  /** Takes no more messages, lets the running ones finish. */
  async stop(): Promise<void> {
    this.stopper.abort();
    await this.setup;
    if (this.options.bus.isConnected) await this.source?.drain();
    else this.source?.close();
    await this.inFlight.none();
  }

  private get isStopping(): boolean {
    return this.stopper.signal.aborted;
  }

  /** Makes the consumer where it is missing, as often as it takes, and begins to pull; rests before that. */
  private setUp(restMs = 0): Promise<void> {
    this.setup ??= this.trySetUp(restMs).finally(() => {
      this.setup = undefined;
      this.pull();
    });
    return this.setup;
  }

  private async trySetUp(restMs: number): Promise<void> {
    const { bus, logger, stream, streamLimits, subject } = this.options;
    await delay(restMs, undefined, { signal: this.stopper.signal }).catch(() => undefined);
    while (!this.isStopping && bus.isConnected) {
      try {
        if (streamLimits) await ensureStreams(bus, streamLimits);
        await ensureConsumer(bus, { stream: stream.name, durable: this.name, subject });
        if (this.isStopping) return;
        this.source ??= this.openSource();
        return this.source.forgetRequests();
      } catch (error) {
        logger.warn({ error, consumer: this.name }, 'a consumer cannot be set up; it is tried again');
        await delay(retrySetupMs, undefined, { signal: this.stopper.signal }).catch(() => undefined);
      }
    }
  }

  private openSource(): PullSubscription {
    return new PullSubscription({
      connection: this.options.bus.require(),
      inbox: this.options.bus.newInbox(),
      stream: this.options.stream.name,
      durable: this.name,
      onDelivery: (delivery) => this.begin(delivery),
      onRequestOver: () => this.pull(),
      onGone: (reason) => {
        if (this.isStopping) return;
        this.options.logger.warn({ consumer: this.name, reason }, 'a consumer is gone; it is set up again');
        void this.setUp(goneRestMs);
      },
    });
  }

  private pull(): void {
    if (this.isStopping || this.pause || this.setup) return;
    this.source?.want(this.options.concurrency - this.inFlight.count);
  }

  private begin(delivery: Delivery): void {
    this.inFlight.begin();
    void this.process(delivery).finally(() => {
      this.inFlight.end();
      this.pull();
    });
  }

  private async process(delivery: Delivery): Promise<void> {
    const keepAlive = setInterval(() => delivery.working(), ackWaitMs / 3);
    try {
      const outcome = await this.handleUntilSettled(delivery);
      this.options.metrics.settled(this.name, outcome);
    } catch (error) {
      // The dead letter could not be written: the message stays ours and is redelivered after the ack wait.
      this.options.logger.error({ error, consumer: this.name }, 'settling a message failed');
    } finally {
      clearInterval(keepAlive);
    }
  }

  private async handleUntilSettled(delivery: Delivery): Promise<string> {
    const { bus, logger, maxDeliver, service } = this.options;
    const { deliveryCount: attempt, streamSequence } = delivery;
    for (let tries = 1; ; tries++) {
      const error = await this.tryHandle(delivery, tries);
      const policy = error ? ackPolicyFor(error.code) : 'ack';
      if (!error || policy === 'ack') {
        delivery.ack();
        return 'acked';
      }
      // While everything is well, `unavailable` is a failure of the message and counts.
      if (policy === 'wait' && (await this.isDependencyAway())) {
        await this.untilHealthy(error);
        if (!this.isStopping) continue;
        // Later than our last pull request lives: at once it would come back to this replica.
        delivery.nak(2 * pullExpiresMs);
        return 'returned';
      }
      if (policy !== 'dead_letter' && attempt < maxDeliver) {
        const delayMs = backoffMs(attempt);
        logger.warn(
          { error, consumer: this.name, attempt, delayMs, streamSequence },
          'a message failed; it is retried',
        );
        delivery.nak(delayMs);
        return 'retried';
      }
      logger.error({ error, consumer: this.name, attempt, streamSequence }, 'a message was given up');
      await deadLetter(bus, service, delivery, error);
      return 'dead_letter';
    }
  }

  private async tryHandle(delivery: Delivery, tries: number): Promise<AppError | undefined> {
    const { bus, handle, maxDeliver } = this.options;
    try {
      const isGivenBack = delivery.stream === RedeliveriesStream.name;
      const data = isGivenBack ? await dataOfRedelivery(bus, delivery) : delivery.data;
      const event = readEvent(originalSubject(delivery.subject), data);
      const confirmTo = delivery.headers?.get(Header.confirmTo);
      const context = new EventContext({
        attempt: delivery.deliveryCount,
        isLastAttempt: delivery.deliveryCount >= maxDeliver,
        isRepeated: tries > 1 || delivery.deliveryCount > 1 || isGivenBack || isPublishedAgain(delivery, event),
        signal: this.stopper.signal,
        confirm: (body) => {
          if (isInbox(confirmTo) && bus.isConnected) bus.require().publish(confirmTo, JSON.stringify(body));
        },
      });
      await handle(event, context);
      return undefined;
    } catch (error) {
      return toAppError(error);
    }
  }

  /** One look for all that failed at the same moment. It begins after their failures, or it could tell of the time before. */
  private isDependencyAway(): Promise<boolean> {
    this.healthCheck ??= nextTurn().then(async () => {
      this.healthCheck = undefined;
      return (await this.options.health.report()).status !== 'ok';
    });
    return this.healthCheck;
  }

  /** One pause for all messages in flight: nothing is pulled, and what is held is kept alive, until health returns. */
  private untilHealthy(error: AppError): Promise<void> {
    this.pause ??= this.waitForHealth(error).finally(() => {
      this.pause = undefined;
      this.options.metrics.paused(this.name, false);
      this.pull();
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

/** Whoever publishes an event once more does so under another message id: by its own JetStream would drop it. */
function isPublishedAgain({ headers }: Delivery, { id }: CloudEvent): boolean {
  const messageId = headers?.get(Header.messageId);
  return Boolean(messageId) && messageId !== id;
}

async function dataOfRedelivery(bus: Bus, { data, headers, subject }: Delivery): Promise<Uint8Array> {
  const left = leftMessageOf(originalSubject(subject), headerReader(headers));
  if (!left) return data;
  const message = await readLeftMessage(bus, left);
  if (!message) throw new AppError('invalid_request', `${describeLeftMessage(left)}, and is not there any more`);
  return message;
}
