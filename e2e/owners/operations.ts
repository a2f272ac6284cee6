import { FileSort, FileStatus } from '@wharf/contracts';
import fc from 'fast-check';
import { ownerCount } from './owner.ts';

const uploads = fc.record({
  kind: fc.constant('upload' as const),
  by: fc.constantFrom('form', 'stream', 'put'),
  sizeBytes: fc.oneof(
    { arbitrary: fc.nat(5000), weight: 9 },
    { arbitrary: fc.integer({ min: 65_000, max: 90_000 }), weight: 1 },
  ),
  message: fc.constantFrom('own', 'shared', 'none'),
});

/** The same few keys for everybody; of a twin the request is the same too, to the last byte. */
const repetitions = fc.record({
  kind: fc.constant('repeat' as const),
  key: fc.nat(5).map((number) => `key-${number}`),
  isTwin: fc.boolean(),
});

const lists = fc.record({
  kind: fc.constant('list' as const),
  filters: fc.uniqueArray(
    fc.constantFrom('status', 'content_type', 'owner_id', 'message_id', 'created_after', 'created_before', 'q'),
    { maxLength: 2 },
  ),
  status: fc.constantFrom(...FileStatus.options),
  contentType: fc.constantFrom('text/', 'text/plain', 'image/*'),
  /** Whose id, message or name is asked for. */
  about: fc.constantFrom('own', 'others', 'shared'),
  sort: fc.constantFrom(...FileSort.options),
  limit: fc.integer({ min: 1, max: 7 }),
  pages: fc.integer({ min: 1, max: 3 }),
  cursor: fc.constantFrom('none', 'own', 'others'),
});

const readings = ['download', 'named', 'range', 'head', 'metadata'] as const;
const reads = fc.record({ kind: fc.constant('read' as const), how: fc.constantFrom(...readings) });

const changes = fc.record({
  kind: fc.constant('change' as const),
  what: fc.constantFrom('message', 'name', 'metadata'),
});
const deletions = fc.record({ kind: fc.constant('delete' as const) });
const shares = fc.record({ kind: fc.constant('share' as const), isRevoked: fc.boolean() });

/** What is tried with files of others. */
const intrusions = [
  ...readings,
  'unless_none',
  'if_match',
  'change',
  'publish',
  'delete',
  'share',
  'revoke',
  'archive',
  'share_many',
  'list_links',
] as const;
const reaches = fc.record({
  kind: fc.constant('reach' as const),
  how: fc.constantFrom(...intrusions),
  as: fc.constantFrom('owner', 'owner', 'owner', 'nobody', 'uploader'),
  /** The owner has just read it by the same gateway, which keeps the record. */
  isBeingRead: fc.boolean(),
  isDeleted: fc.nat(5).map((number) => number === 0),
});

const foreignLinks = fc.record({ kind: fc.constant('revoke_foreign' as const) });
const publications = fc.record({ kind: fc.constant('publish' as const), isDownload: fc.boolean() });
const limited = fc.record({ kind: fc.constant('limited' as const) });

const everybody = fc.nat(ownerCount - 1);
const operations = fc.noBias(
  fc.record({
    owner: everybody,
    /** Somebody else, so many places on. */
    distance: fc.integer({ min: 1, max: ownerCount - 1 }),
    url: fc.nat(1),
    /** Which of many. */
    pick: fc.nat(1e9),
    act: fc.oneof(
      { arbitrary: uploads, weight: 20 },
      { arbitrary: repetitions, weight: 8 },
      { arbitrary: lists, weight: 20 },
      { arbitrary: reads, weight: 12 },
      { arbitrary: changes, weight: 6 },
      { arbitrary: deletions, weight: 4 },
      { arbitrary: shares, weight: 5 },
      { arbitrary: reaches, weight: 22 },
      { arbitrary: foreignLinks, weight: 3 },
      { arbitrary: publications, weight: 3 },
      { arbitrary: limited, weight: 3 },
    ),
  }),
);

/** What one owner does, by one of the gateways. */
export type Operation = typeof operations extends fc.Arbitrary<infer Value> ? Value : never;
export type Act = Operation['act'];
export type ActOf<Kind extends Act['kind']> = Extract<Act, { kind: Kind }>;

/** The same ones for the same seed. */
export function randomOperations(count: number, seed: number): Operation[] {
  return fc.sample(operations, { numRuns: count, seed });
}
