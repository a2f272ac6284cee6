import type { Learners } from '../src/replay/replay-event.js';

// Compiled by the build and never run: a line without the error that is expected of it fails the build.

declare const learners: Learners;
declare const withoutOne: Omit<Learners, 'file.deleted'>;

// @ts-expect-error: an event that nothing is learnt from
export const forgotten: Learners = withoutOne;

// @ts-expect-error: the learner of another event
export const mixedUp: Learners = { ...learners, 'file.synced': learners['file.purged'] };
