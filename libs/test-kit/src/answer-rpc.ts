import type { RpcDefinition } from '@wharf/contracts';
import type { Bus } from '@wharf/messaging';
import { toAppError } from '@wharf/service-kit';

/**
 * Answers one kind of request for a neighbour that does not run. Request and reply have the shapes of the contract; what `reply` throws
 * travels back by its code, as from a service. Ends with `unsubscribe`.
 */
export function answerRpc<Request, Reply>(
  bus: Bus,
  rpc: RpcDefinition<Request, Reply>,
  reply: (request: Request) => Reply | Promise<Reply>,
): { unsubscribe(): void } {
  return bus.require().subscribe(rpc.subject, {
    callback: (_error, message) => {
      void answerOf(() => reply(rpc.request.parse(message.json()))).then((answer) =>
        message.respond(JSON.stringify(answer)),
      );
    },
  });
}

async function answerOf<Reply>(reply: () => Reply | Promise<Reply>): Promise<object> {
  try {
    return { ok: await reply() };
  } catch (error) {
    const { code, message } = toAppError(error);
    return { error: { code, message } };
  }
}
