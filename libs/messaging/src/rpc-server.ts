import { findRpc, Header } from '@wharf/contracts';
import { AppError, fieldErrors, InFlight, type Logger, toAppError } from '@wharf/service-kit';
import type { Msg, NatsConnection, Subscription } from 'nats';
import type { Bus } from './bus.js';
import { isInbox } from './inbox.js';
import { readHeaders } from './message-headers.js';
import { parseJson } from './read-event.js';

export interface RpcServerOptions {
  bus: Bus;
  /** Subscribed on whether or not it is up at this moment; subscriptions outlive reconnects. */
  connection: NatsConnection;
  service: string;
  subject: string;
  handle(request: unknown): Promise<unknown>;
  /** Called after each request that was answered without an error. */
  onAnswered?(): void;
  logger: Logger;
}

const notSent = { error: { code: 'internal', message: 'the reply could not be sent' } };

/**
 * Answers requests on one subject; replicas of a service share them as a queue group. A request that its sender has
 * given up is dropped: under overload work goes to those who still wait. One that names no inbox for the reply is dropped as well.
 */
export class RpcServer {
  private subscription: Subscription | undefined;
  private readonly inFlight = new InFlight();

  constructor(private readonly options: RpcServerOptions) {}

  start(): void {
    const { connection, service, subject } = this.options;
    this.subscription = connection.subscribe(subject, {
      queue: service,
      callback: (error, message) => {
        if (error) return this.options.logger.error({ error, subject }, 'a subscription failed');
        this.inFlight.begin();
        void this.answer(message).finally(() => this.inFlight.end());
      },
    });
  }

  /** Leaves requests to other replicas, until `start`; those that have arrived are answered. */
  leave(): void {
    const { bus, logger, subject } = this.options;
    if (bus.isConnected) {
      this.subscription
        ?.drain()
        .catch((error: unknown) => logger.warn({ error, subject }, 'a subscription did not end'));
    } else this.subscription?.unsubscribe();
    this.subscription = undefined;
  }

  /** Takes no more requests, answers the running ones. */
  async stop(): Promise<void> {
    // Without a connection there is nobody whose requests could be lost, and draining would wait for one.
    if (this.options.bus.isConnected) await this.subscription?.drain().catch(() => undefined);
    await this.inFlight.none();
  }

  private async answer(message: Msg): Promise<void> {
    if (!isInbox(message.reply)) return;
    const deadline = Number(readHeaders(message)?.get(Header.deadline) || Number.POSITIVE_INFINITY);
    if (Date.now() > deadline) return;
    this.respond(message, await this.reply(message));
  }

  /** NATS takes no message above its limit, and none at all once the connection is closed. */
  private respond(message: Msg, reply: object): void {
    const { logger, subject } = this.options;
    try {
      message.respond(JSON.stringify(reply));
    } catch (error) {
      logger.error({ error, subject }, 'a reply could not be sent');
      if (reply !== notSent) this.respond(message, notSent);
    }
  }

  private async reply(message: Msg): Promise<object> {
    const { handle, logger, onAnswered, subject } = this.options;
    try {
      const ok = await handle(readRequest(subject, message.data));
      onAnswered?.();
      return { ok };
    } catch (error) {
      const { code, message: text, fields } = toAppError(error);
      if (code === 'internal') logger.error({ error, subject }, 'a request failed');
      const detail = fields.map((field) => `${field.path}: ${field.message}`).join('; ');
      return { error: { code, message: detail === '' ? text : `${text} (${detail})` } };
    }
  }
}

function readRequest(subject: string, bytes: Uint8Array): unknown {
  const rpc = findRpc(subject);
  if (!rpc) throw new AppError('internal', `no request ${subject} is known`);
  const request = rpc.request.safeParse(parseJson(bytes));
  if (!request.success) {
    throw new AppError('invalid_request', `not a valid ${subject} request`, { fields: fieldErrors(request.error) });
  }
  return request.data;
}
