import { AppError, type FieldError, fieldErrors } from '@wharf/service-kit';
import type { Context } from 'koa';
import type { z } from 'zod';
import { readQuery } from './read-query.js';

/** The query of a request by its schema, a strict one: a parameter with a slip in its name would quietly do nothing. Throws `invalid_request`. */
export function parseQuery<Schema extends z.ZodType>(schema: Schema, context: Context): z.infer<Schema> {
  const query = schema.safeParse(readQuery(context));
  if (query.success) return query.data;
  throw invalidQuery(fieldErrors(query.error));
}

export function invalidQuery(fields: FieldError[]): AppError {
  return new AppError('invalid_request', 'the query is not valid', { fields });
}
