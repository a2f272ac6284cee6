import { Header, isErrorCode, type RpcDefinition, RpcEnvelope } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import { ErrorCode, headers, type MsgHdrs, NatsError } from 'nats';
import type { Bus } from './bus.js';
import { fromRequestError } from './nats-error.js';

const defaultTimeoutMs = 5000;

/**
 * Asks another service. Throws the AppError that it answered with, or `unavailable` when nobody answers in time.
 * The deadline travels with the request, so that an overloaded service drops what nobody waits for any more.
 */
export async function callRpc<Request, Reply>(
  bus: Bus,
  rpc: RpcDefinition<Request, Reply>,
  request: Request,
  options: { timeoutMs?: number } = {},
): Promise<Reply> {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const requestHeaders = headers();
  requestHeaders.set(Header.deadline, String(Date.now() + timeoutMs));
  const envelope = RpcEnvelope.safeParse(
    await askEither(bus, rpc, { body: JSON.stringify(request), headers: requestHeaders, timeout: timeoutMs }),
  );
  if (!envelope.success) throw new AppError('internal', `${rpc.subject} answered in an unknown form`);
  if ('error' in envelope.data) {
    const { code, message } = envelope.data.error;
    throw new AppError(isErrorCode(code) ? code : 'internal', message);
  }
  const reply = rpc.reply.safeParse(envelope.data.ok);
  if (!reply.success)
    throw new AppError('internal', `${rpc.subject} answered in a wrong shape`, { cause: reply.error });
  return reply.data;
}

interface Question {
  body: string;
  headers: MsgHdrs;
  timeout: number;
}

/** While services are updated one after another, the one that answers may know only the former subject. */
async function askEither(
  bus: Bus,
  { formerSubject, subject }: Pick<RpcDefinition, 'subject' | 'formerSubject'>,
  question: Question,
): Promise<unknown> {
  try {
    return await ask(bus, subject, question);
  } catch (error) {
    if (isTooLarge(error)) throw new AppError('invalid_request', `a request ${subject} that is larger than NATS takes`);
    if (!formerSubject || !hasNoResponders(error)) throw fromRequestError(error, serviceOf(subject), subject);
    return ask(bus, formerSubject, question).catch((second: unknown) => {
      throw fromRequestError(second, serviceOf(subject), subject);
    });
  }
}

async function ask(bus: Bus, subject: string, { body, ...options }: Question): Promise<unknown> {
  return (await bus.require().request(subject, body, options)).json();
}

/** Requests are named after the service that answers them. */
function serviceOf(subject: string): string {
  return subject.split('.')[0] ?? subject;
}

function isTooLarge(error: unknown): boolean {
  return error instanceof NatsError && error.code === ErrorCode.MaxPayloadExceeded;
}

function hasNoResponders(error: unknown): boolean {
  return error instanceof NatsError && error.code === ErrorCode.NoResponders;
}
