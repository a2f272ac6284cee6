import {
  type EventOf,
  FileDeleted,
  type FileEvent,
  FilePurged,
  FileStored,
  FileSynced,
  FileSyncFailed,
  FileUpdated,
  type ReplayedEvent,
  type ReplayTable,
} from '../src/index.js';

// Compiled by the build and never run: a line without the error that is expected of it fails the build.

const allButLost = {
  'file.orphaned': null,
  'file.stored': FileStored,
  'file.synced': FileSynced,
  'file.sync_failed': FileSyncFailed,
  'file.purged': FilePurged,
  'file.updated': FileUpdated,
  'file.deleted': FileDeleted,
};

export const complete = { ...allButLost, 'file.lost': null } satisfies ReplayTable;

// @ts-expect-error: an event that the table does not mention
export const withoutAnEvent = allButLost satisfies ReplayTable;

// @ts-expect-error: the definition of another event
export const withAnotherDefinition = { ...complete, 'file.stored': FileSynced } satisfies ReplayTable;

// @ts-expect-error: an event that nothing defines
export const withUnknownEvent = { ...complete, 'file.unheard_of': null } satisfies ReplayTable;

export function tellApart(event: FileEvent, replayed: ReplayedEvent): void {
  if (event.type === 'file.stored') event satisfies EventOf<typeof FileStored>;
  // @ts-expect-error: one of several
  event satisfies EventOf<typeof FileStored>;
  // @ts-expect-error: `file.lost` is never replayed
  if (replayed.type === 'file.lost') return;
}
