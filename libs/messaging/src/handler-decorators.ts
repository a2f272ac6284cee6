import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import type { CloudEvent, EventDefinition, RpcDefinition } from '@wharf/contracts';
import type { BatchOption, Received, Refusal } from './event-batches.js';
import type { EventContext } from './event-context.js';

/**
 * Decorates methods of this shape, and no others: the compiler rejects any other argument or result. The arguments are
 * bound here as well, so that a handler needs no parameter decorators, and none can contradict its types.
 */
type HandlerDecorator<Handler> = <Method extends Handler>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

type RpcHandler<Request, Reply> = (request: Request) => Promise<Reply>;
type EventHandler<Event> = (event: Event, context: EventContext) => Promise<void>;
type BatchHandler<Event extends CloudEvent> = (batch: Received<Event>[]) => Promise<void> | Promise<readonly Refusal[]>;

/** Answers the requests of a contract, in the queue group of the service. An AppError that it throws is the caller's answer. */
export function OnRpc<Request, Reply>(
  contract: RpcDefinition<Request, Reply>,
): HandlerDecorator<RpcHandler<Request, Reply>> {
  return (target, key, descriptor) => {
    Payload()(target, key, 0);
    MessagePattern(contract.subject)(target, key, descriptor);
  };
}

/**
 * Handles the events of a contract through a durable consumer: an event is acknowledged when the handler has resolved, and
 * delivered again until then. With `inBatches` the handler takes several events at once.
 */
export function OnEvent<Type extends string, Data>(
  contract: EventDefinition<Type, Data>,
): HandlerDecorator<EventHandler<CloudEvent<Type, Data>>>;
export function OnEvent<Type extends string, Data>(
  contract: EventDefinition<Type, Data>,
  option: BatchOption,
): HandlerDecorator<BatchHandler<CloudEvent<Type, Data>>>;
export function OnEvent(contract: EventDefinition, option?: BatchOption): MethodDecorator {
  return (target, key, descriptor) => {
    Payload()(target, key, 0);
    if (!option) Ctx()(target, key, 1);
    EventPattern<string>(contract.type, { ...option })(target, key, descriptor);
  };
}
