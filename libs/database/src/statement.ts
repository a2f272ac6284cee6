import type { MikroORM } from '@mikro-orm/postgresql';
import { toDatabaseError } from './database-error.js';
import { repeatConflicts } from './repeat-conflicts.js';

/** SQL as the driver takes it, with the names of its parameters in their order. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly parameters: readonly string[];
}

/** `:name` in the text is a parameter, sent beside it; `::type` is a cast. PostgreSQL plans it at each execution. */
export function statement(text: string): Statement {
  const parameters: string[] = [];
  const numbered = text.replace(/(?<!:):([a-z]\w*)/gi, (_, name: string) => {
    if (!parameters.includes(name)) parameters.push(name);
    return `$${parameters.indexOf(name) + 1}`;
  });
  return { text: numbered, parameters };
}

/**
 * A statement that every connection prepares once under its name: it is parsed and planned no more after that. For what is
 * asked all the time and has one good plan whatever the tables hold. Its columns are named one by one: `select *` would
 * fail in a replica that is still running when the next release adds a column.
 */
export function prepared(name: string, text: string): Statement {
  return { name, ...statement(text) };
}

/**
 * Runs one statement, a transaction by itself, past the ORM: rows come as the driver reads them, times as PostgreSQL writes
 * them. Throws what `inTransaction` throws.
 */
export async function run<Row>(
  orm: MikroORM,
  { name, text, parameters }: Statement,
  values: Record<string, unknown>,
): Promise<Row[]> {
  const query = { ...(name && { name }), text, values: parameters.map((key) => values[key]) };
  try {
    return await repeatConflicts(() => runOnce<Row>(orm, query));
  } catch (error) {
    throw toDatabaseError(error);
  }
}

async function runOnce<Row>(orm: MikroORM, query: { name?: string; text: string; values: unknown[] }): Promise<Row[]> {
  const pool = await orm.driver.getConnection().getNativeClient();
  const client = await pool.connect();
  try {
    return (await client.query(query)).rows as Row[];
  } finally {
    client.release();
  }
}
