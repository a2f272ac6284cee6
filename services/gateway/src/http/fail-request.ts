import type { ServerResponse } from 'node:http';
import type { Logger } from '@wharf/service-kit';
import { answerProblem } from './answer-problems.js';
import { fromHttp } from './http-errors.js';

/** For what the error edge never saw, or failed at: a problem answer, or, once the body has begun, a broken connection. Never throws. */
export function failRequest(response: ServerResponse, thrown: unknown, logger: Logger): void {
  const { socket } = response.req;
  // The client is gone, which is no failure of anybody's.
  if (socket.errored === thrown) return;
  try {
    const error = fromHttp(thrown);
    if (error.code === 'internal') {
      logger.error({ error, requestId: response.getHeader('X-Request-Id') }, 'an unexpected exception ended a request');
    }
    if (!response.headersSent) answerProblem(response, error);
    // A whole answer stays, whatever failed behind it.
    else if (!response.writableEnded) response.destroy();
  } catch (error) {
    logger.error({ error }, 'a failed request could not be answered');
    socket.destroy();
  }
}
