import { parse } from 'node:querystring';
import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';

const maxParameters = 100;
const nothing: Readonly<Record<string, string>> = Object.freeze(Object.create(null));

/**
 * The parameters of the query, by name. Linear, where Koa's `query` looks all of them through for each of them (the linter refuses
 * it). Throws `invalid_request` for more than 100 and for one that is given twice: which one counts nobody could tell.
 */
export function readQuery({ querystring }: Pick<Context, 'querystring'>): Readonly<Record<string, string>> {
  if (querystring === '') return nothing;
  // Judged before it is taken apart.
  if (querystring.split('&', maxParameters + 1).length > maxParameters) {
    throw new AppError('invalid_request', `the query may have at most ${maxParameters} parameters`);
  }
  // Without a prototype: any name is a name like others.
  const parameters = parse(querystring, '&', '=', { maxKeys: 0 });
  for (const name in parameters) if (Array.isArray(parameters[name])) throw givenTwice(name);
  return parameters as Record<string, string>;
}

function givenTwice(name: string): AppError {
  const fields = [{ path: name, message: 'must be given once' }];
  return new AppError('invalid_request', 'a parameter of the query is given twice', { fields });
}
