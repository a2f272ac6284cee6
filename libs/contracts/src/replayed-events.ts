import { z } from 'zod';
import type { EventDefinition, EventOf } from './contract.js';
import { FileDeleted, FilePurged, FileStored, FileSynced, FileSyncFailed, FileUpdated } from './file.events.js';
import type { FileEvent } from './file-event.js';

/** A new event of a file does not compile until its author has decided whether it is replayed. */
export type ReplayTable = {
  [Event in FileEvent as Event['type']]: EventDefinition<Event['type'], Event['data']> | null;
};

/** The events from which a record that is behind can learn; null for those that change no record. */
const replayedEvents = {
  'file.stored': FileStored,
  'file.synced': FileSynced,
  'file.sync_failed': FileSyncFailed,
  'file.purged': FilePurged,
  'file.updated': FileUpdated,
  'file.deleted': FileDeleted,
  'file.lost': null,
  'file.orphaned': null,
} satisfies ReplayTable;

/** An event from which a record that is behind can learn. */
export type ReplayedEvent = EventOf<(typeof replayedEvents)[keyof typeof replayedEvents]>;
export const ReplayedEvent: z.ZodType<ReplayedEvent> = z.union(
  Object.values(replayedEvents).flatMap((definition) => definition?.envelope ?? []),
);

/** True for unknown types as well: a replay that meets one reports it, instead of passing over it in silence. */
export function isReplayed(type: string): boolean {
  return (replayedEvents as Record<string, unknown>)[type] !== null;
}
