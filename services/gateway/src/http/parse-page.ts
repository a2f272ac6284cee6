import { PageQuery } from '@wharf/contracts';
import { AppError, fieldErrors } from '@wharf/service-kit';
import type { Context } from 'koa';
import { readQuery } from './read-query.js';

const StrictQuery = PageQuery.strict();

/** Throws `invalid_request`. */
export function parsePage(context: Context): PageQuery {
  const query = StrictQuery.safeParse(readQuery(context));
  if (query.success) return query.data;
  throw new AppError('invalid_request', 'the query is not valid', { fields: fieldErrors(query.error) });
}

/** A cursor that is a number. Throws `invalid_request`. */
export function parsePlace(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  const fields = [{ path: 'cursor', message: 'must be the next_cursor of a page' }];
  throw new AppError('invalid_request', 'the query is not valid', { fields });
}
