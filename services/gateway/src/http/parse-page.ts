import { PageQuery } from '@wharf/contracts';
import type { Context } from 'koa';
import { invalidQuery, parseQuery } from './parse-query.js';

const StrictQuery = PageQuery.strict();

/** Throws `invalid_request`. */
export function parsePage(context: Context): PageQuery {
  return parseQuery(StrictQuery, context);
}

/** A cursor that is a number. Throws `invalid_request`. */
export function parsePlace(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw invalidQuery([{ path: 'cursor', message: 'must be the next_cursor of a page' }]);
}
