import { type DeadLetterPage, DropDeadLetter, ListDeadLetters, ReplayDeadLetter } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { AppError } from '@wharf/service-kit';
import { addRoute, type Door } from '../access/http/add-route.js';
import { routes } from '../access/route-table.js';
import type { Gateway } from '../gateway.js';
import { parsePage, parsePlace } from '../http/parse-page.js';

/** Messages that services gave up: list them, give one back, remove one. */
export function addDeadLetterRoutes(door: Door, { bus }: Gateway): void {
  addRoute(door, routes.listDeadLetters, async (context, caller) => {
    const { cursor, limit } = parsePage(context);
    const { dead_letters, next } = await callRpc(bus, ListDeadLetters, { caller, after: parsePlace(cursor), limit });
    const page: DeadLetterPage = { dead_letters, next_cursor: next === null ? null : String(next) };
    context.body = page;
  });

  addRoute(door, routes.replayDeadLetter, async (context, caller) => {
    await callRpc(bus, ReplayDeadLetter, { caller, seq: parseSequence(context.params.seq) });
    context.body = null;
    // Koa takes an empty body for 204.
    context.status = 202;
  });

  addRoute(door, routes.dropDeadLetter, async (context, caller) => {
    await callRpc(bus, DropDeadLetter, { caller, seq: parseSequence(context.params.seq) });
    context.status = 204;
  });
}

/** Throws `dead_letter_not_found` for what cannot be the sequence of any. */
function parseSequence(text = ''): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new AppError('dead_letter_not_found', `there is no dead letter ${text.slice(0, 40)}`);
}
