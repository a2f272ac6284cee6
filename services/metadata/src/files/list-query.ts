import type { FileFilter, FileSort } from '@wharf/contracts';
import { type FileScope, scopeCondition } from '../access/file-scope.js';
import type { Position } from './list-cursor.js';
import { foldCase, trigramsOf } from './name-search.js';
import { recordColumns } from './to-file-record.js';

type Condition = [sql: string, parameters: unknown[]];

export interface ListRequest {
  /** What the caller may list. */
  scope: FileScope;
  filter: FileFilter;
  sort: FileSort;
  after: Position | undefined;
  limit: number;
}

/** Files that a search for a name looks at one by one, before it goes by trigrams. */
const nearReach = 2000;
/** The same where trigrams do not help: no page looks at more. */
export const longReach = 20_000;
/** Files of a name that are found by trigrams and sorted in a moment. */
const few = 5000;

export interface Query {
  sql: string;
  parameters: unknown[];
}

export interface ListStatement extends Query {
  /** Fewer files than this, by the column `found` of each row, or no rows: the page is complete even where it is not full. */
  isCompleteBelow?: number;
  /** What it gives counts even where the page is not full; a row with `is_end` is where it stopped looking. */
  isLast?: boolean;
  /** Asked before: where its one row is true, this statement would find too many files and is left out. */
  isLeftOutBy?: Query;
}

/**
 * What finds the files behind a position: the first statement that fills the page does, or is complete, or the last. All of them go
 * by indexes: each filter has one in the order of creation, and each sort one of its own. Which to use is the planner's choice,
 * by how rare the filtered value is. What an owner lists has indexes of its own, so that it costs by that owner's files.
 *
 * Only for a part of a name it cannot choose: it takes trigrams for independent of each other, and so a common word, whose
 * files it would find, read and sort by the ten thousand, for a rare one. So a page is first looked for nearby: a word in
 * more than a few of a hundred names fills it there. Then by trigrams, as far as they find few, and unless all of them are known to be
 * common: to find too many takes the longer the more files there are. A common word that is in none of the names nearby (thousands of other
 * files came since) is met farther along the order; so is a part of fewer than three characters, which is in no trigram. There a page has an
 * end, full or not, and the next one goes on behind it: what one request costs does not grow with the number of files.
 *
 * What an owner searches is looked for along that owner's files alone. Trigrams are those of all files: how long it took to find and pass over
 * those of others would tell that they are there, and so would whether a word is common.
 *
 * Not by the ORM's query builder: it writes the values of a raw fragment into the text, and then takes what looks like a
 * placeholder in them, such as a question mark in a name, for one.
 */
export function listStatements(request: ListRequest): ListStatement[] {
  const { q } = request.filter;
  if (q === undefined) return [toStatement(listStatement(request))];
  if (trigramsOf(foldCase(q)).length === 0) return [farStatement(request, q)];
  const byTrigrams = request.scope.kind === 'all' ? [fewStatement(request, q)] : [];
  return [nearbyStatement(request, q), ...byTrigrams, farStatement(request, q)];
}

function nearbyStatement(request: ListRequest, q: string): ListStatement {
  const { q: _, ...others } = request.filter;
  const [isLike, likeParameters] = nameCondition(q);
  const [nearby, parameters] = listStatement({ ...request, filter: others, limit: nearReach }, ', name_search');
  return {
    sql: `select ${recordColumns} from (${nearby}) nearby where ${isLike} order by ${orderOf(request.sort)} limit ?`,
    parameters: [...parameters, ...likeParameters, request.limit],
  };
}

/** The last file that was looked at comes as well, so that the next page begins behind it. Files are numbered as they come from the index. */
function farStatement(request: ListRequest, q: string): ListStatement {
  const { q: _, ...others } = request.filter;
  const [isLike, likeParameters] = nameCondition(q);
  const order = orderOf(request.sort);
  const numbered = `, name_search, row_number() over (order by ${order}) as place`;
  const [far, parameters] = listStatement({ ...request, filter: others, limit: longReach }, numbered);
  return {
    sql: `select ${recordColumns}, ${isLike} as is_match, place = ? as is_end
      from (${far}) far where ${isLike} or place = ? order by ${order} limit ?`,
    parameters: [...likeParameters, longReach, ...parameters, ...likeParameters, longReach, request.limit],
    isLast: true,
  };
}

/** In any order at first: what is cut off is not sorted. */
function fewStatement(request: ListRequest, q: string): ListStatement {
  const [condition, parameters] = conditionOf(request);
  return {
    sql: `select ${recordColumns}, count(*) over () as found
      from (select ${recordColumns} from files where ${condition} limit ?) few order by ${orderOf(request.sort)} limit ?`,
    parameters: [...parameters, few, request.limit],
    isCompleteBelow: few,
    isLeftOutBy: commonQuery(q),
  };
}

/** Whether even the rarest trigram is in more than a few names, by what the database last counted of the common ones. */
function commonQuery(q: string): Query {
  return {
    sql: `select bool_and(coalesce(counted.share, 0) * files.reltuples > ?) as finds_too_many
      from unnest(array[?]::integer[]) wanted (trigram)
        cross join (select reltuples from pg_class where oid = 'files'::regclass) files
        left join (
          select element.trigram, element.share
          from pg_stats, unnest(most_common_elems::text::integer[], most_common_elem_freqs) element (trigram, share)
          where schemaname = current_schema and tablename = 'files' and attname = 'name_trigrams'
        ) counted on counted.trigram = wanted.trigram`,
    parameters: [few, trigramsOf(foldCase(q))],
  };
}

function toStatement([sql, parameters]: Condition): ListStatement {
  return { sql, parameters };
}

function listStatement(request: ListRequest, more = ''): Condition {
  const [condition, parameters] = conditionOf(request);
  const sql = `select ${recordColumns}${more} from files where ${condition}
    order by ${orderOf(request.sort)} limit ?`;
  return [sql, [...parameters, request.limit]];
}

function conditionOf({ scope, filter, sort, after }: ListRequest): Condition {
  const conditions = [...scopeConditions(scope), ...conditionsOf(filter)];
  // A row comparison: a page begins inside the index however many files were there before, and also among equal values.
  const isBehind = sort.startsWith('-') ? '<' : '>';
  if (after) conditions.push([`(${columnOf(sort)}, uid) ${isBehind} (?, ?)`, [after.value, after.uid]]);
  return [conditions.map(([text]) => text).join(' and '), conditions.flatMap(([, parameters]) => parameters)];
}

/** None at all where everything is listed. */
function scopeConditions({ kind, value }: FileScope): Condition[] {
  return kind === 'all' ? [] : [[scopeCondition(kind, 'files', '?'), [value]]];
}

function columnOf(sort: FileSort): 'size_bytes' | 'created_at' {
  return sort.endsWith('size_bytes') ? 'size_bytes' : 'created_at';
}

function orderOf(sort: FileSort): string {
  const direction = sort.startsWith('-') ? 'desc' : 'asc';
  return `${columnOf(sort)} ${direction}, uid ${direction}`;
}

function conditionsOf(filter: FileFilter): Condition[] {
  const equal: [string, string | undefined][] = [
    ['owner_id = ?', filter.owner_id],
    ['message_id = ?', filter.message_id],
    ['request_id = ?', filter.request_id],
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

/** Types are recorded in lower case and without parameters. */
function typeCondition(type: string | undefined): Condition[] {
  if (type === undefined) return [];
  const wanted = type.toLowerCase();
  if (wanted === '*/*') return [];
  const kind = /^([^/]+)\/\*?$/.exec(wanted)?.[1];
  return kind === undefined ? [['content_type = ?', [wanted]]] : [['content_kind = ?', [kind]]];
}

function nameConditions(q: string | undefined): Condition[] {
  if (q === undefined) return [];
  const hasTrigrams: Condition = ['name_trigrams @> array[?]::integer[]', [trigramsOf(foldCase(q))]];
  return [hasTrigrams, nameCondition(q)];
}

/**
 * By `strpos`, to which nothing in the text is a wildcard, and of which the planner knows nothing.
 */
function nameCondition(q: string): Condition {
  return ['strpos(name_search, ?) > 0', [foldCase(q)]];
}
