import { AsyncLocalStorage } from 'node:async_hooks';
import { IncomingMessage, type RequestListener, type ServerOptions, ServerResponse } from 'node:http';
import type { Logger } from '@wharf/service-kit';
import { failRequest } from './fail-request.js';

interface Guarded {
  fail(thrown: unknown): void;
}

/** All that a request starts, timers and callbacks included, runs with its response in here. */
const running = new AsyncLocalStorage<Guarded>();

/**
 * The last net under every request: an exception that nothing else caught fails its request and never ends the process.
 * `classes` and `handle` are for `createServer`.
 *
 * It takes two mechanisms. What a listener throws is caught where the request or the response emits the event: Node emits most of
 * them from its parser, whose asynchronous context may still be that of an earlier request. What a request started and
 * what throws later by itself reaches the process, which calls `failRunningRequest`.
 */
export function guardRequests(
  app: RequestListener,
  logger: Logger,
): { classes: Pick<ServerOptions, 'IncomingMessage' | 'ServerResponse'>; handle: RequestListener } {
  class GuardedRequest extends IncomingMessage {
    response: ServerResponse | undefined;

    override emit(name: string | symbol, ...values: unknown[]): boolean {
      try {
        return super.emit(name, ...values);
      } catch (error) {
        if (this.response) failRequest(this.response, error, logger);
        return true;
      }
    }
  }

  class GuardedResponse extends ServerResponse implements Guarded {
    constructor(...ofServer: ConstructorParameters<typeof ServerResponse>) {
      super(...ofServer);
      (this.req as GuardedRequest).response = this;
    }

    override emit(name: string | symbol, ...values: unknown[]): boolean {
      try {
        return super.emit(name, ...values);
      } catch (error) {
        this.fail(error);
        return true;
      }
    }

    fail(thrown: unknown): void {
      failRequest(this, thrown, logger);
    }
  }

  const handle: RequestListener = (request, response) => {
    running.run(response as GuardedResponse, answer, app, request, response as GuardedResponse);
  };
  // The cast: a server's response is declared for every kind of request.
  return {
    classes: { IncomingMessage: GuardedRequest, ServerResponse: GuardedResponse as typeof ServerResponse },
    handle,
  };
}

/** Fails the request that started what threw. False where no request did: nobody knows then what is broken. */
export function failRunningRequest(thrown: unknown): boolean {
  const request = running.getStore();
  request?.fail(thrown);
  return request !== undefined;
}

async function answer(
  app: RequestListener,
  request: IncomingMessage,
  response: ServerResponse & Guarded,
): Promise<void> {
  try {
    await app(request, response);
  } catch (error) {
    response.fail(error);
  }
}
