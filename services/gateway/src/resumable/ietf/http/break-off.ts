import { toAppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import type { Gateway } from '../../../gateway.js';
import { statusOf } from '../../../http/problem.js';

/** Ends the connection in the middle of a body, without an answer. The log gets the status that it would have had. */
export function breakOff({ logger }: Pick<Gateway, 'logger'>, context: Context, reason: unknown): void {
  const error = toAppError(reason);
  const { requestId } = context.state;
  if (error.code === 'internal') logger.error({ error, requestId }, 'an upload broke off; its client may go on');
  else logger.debug({ error, requestId }, 'an upload broke off; its client may go on');
  context.respond = false;
  context.res.statusCode = statusOf(error.code);
  context.req.socket.destroy();
}
