import { Header, isErrorCode, type RpcDefinition, RpcEnvelope } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import { headers } from 'nats';
import { type Bus, fromNatsError } from './bus.js';

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
    await ask(bus, rpc.subject, JSON.stringify(request), requestHeaders, timeoutMs),
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

async function ask(
  bus: Bus,
  subject: string,
  body: string,
  requestHeaders: ReturnType<typeof headers>,
  timeout: number,
): Promise<unknown> {
  try {
    const message = await bus.require().request(subject, body, { headers: requestHeaders, timeout });
    return message.json();
  } catch (error) {
    throw fromNatsError(error, `asking ${subject}`);
  }
}
