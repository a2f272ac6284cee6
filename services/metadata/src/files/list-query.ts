import type { EntityManager } from '@mikro-orm/postgresql';
import type { FileFilter, FileSort } from '@wharf/contracts';
import { FileEntity } from './file.entity.js';
import type { Position } from './list-cursor.js';
import { foldCase, trigramsOf } from './name-search.js';

type Condition = [sql: string, parameters: unknown[]];

export interface ListRequest {
  filter: FileFilter;
  sort: FileSort;
  after: Position | undefined;
  limit: number;
}

/**
 * Files behind a position, by indexes alone: each filter has an index in the order of creation, and each sort one of its
 * own. Which to use is the planner's choice, by how rare the filtered value is.
 * Not by the ORM's query builder: it writes the values of a raw fragment into the text, and then takes what looks like a
 * placeholder in them, such as a question mark in a name, for one.
 */
export function listStatement(em: EntityManager, { filter, sort, after, limit }: ListRequest): Condition {
  const column = sort.endsWith('size_bytes') ? 'size_bytes' : 'created_at';
  const [direction, isBehind] = sort.startsWith('-') ? ['desc', '<'] : ['asc', '>'];
  const conditions = conditionsOf(filter);
  // A row comparison: a page begins inside the index however many files were there before, and also among equal values.
  if (after) conditions.push([`(${column}, uid) ${isBehind} (?, ?)`, [after.value, after.uid]]);
  const sql = `select ${recordColumns(em)} from files where ${conditions.map(([text]) => text).join(' and ')}
    order by ${column} ${direction}, uid ${direction} limit ?`;
  return [sql, [...conditions.flatMap(([, parameters]) => parameters), limit]];
}

/** Those that every record is read with: not what only searches need. */
function recordColumns(em: EntityManager): string {
  const properties = em
    .getMetadata()
    .get(FileEntity)
    .props.filter((property) => !property.lazy);
  return properties.flatMap((property) => property.fieldNames).join(', ');
}

function conditionsOf(filter: FileFilter): Condition[] {
  const equal: [string, string | undefined][] = [
    ['owner_id = ?', filter.owner_id],
    ['message_id = ?', filter.message_id],
    ['created_at > ?', filter.created_after],
    ['created_at < ?', filter.created_before],
  ];
  return [
    ...statusCondition(filter.status),
    ...equal.flatMap(([sql, value]): Condition[] => (value === undefined ? [] : [[sql, [value]]])),
    ...typeCondition(filter.content_type),
    ...nameConditions(filter.q),
  ];
}

/** The indexes are without deleted files: that has to be said for them to be used. */
function statusCondition(status: FileFilter['status']): Condition[] {
  if (status === 'deleted') return [["status = 'deleted'", []]];
  const isAlive: Condition = ["status <> 'deleted'", []];
  return status === undefined ? [isAlive] : [isAlive, ['status = ?', [status]]];
}

function typeCondition(type: string | undefined): Condition[] {
  if (type === undefined) return [];
  if (!type.endsWith('/')) return [['content_type = ?', [type]]];
  return [["split_part(content_type, '/', 1) = ?", [type.slice(0, -1)]]];
}

/** Fewer than three characters are in no trigram: those names are met along the order of the list. */
function nameConditions(q: string | undefined): Condition[] {
  if (q === undefined) return [];
  const folded = foldCase(q);
  const pattern = `%${folded.replace(/[\\%_]/g, '\\$&')}%`;
  const trigrams = trigramsOf(folded);
  const isLike: Condition = ['name_search like ?', [pattern]];
  return trigrams.length === 0 ? [isLike] : [['name_trigrams @> array[?]::integer[]', [trigrams]], isLike];
}
