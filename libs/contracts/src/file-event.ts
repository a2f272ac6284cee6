import type { EventOf } from './contract.js';
import type * as definitions from './file.events.js';

/** Any event that `file.events.ts` defines, told apart by its `type`. A definition added there is part of it at once. */
export type FileEvent = EventOf<(typeof definitions)[keyof typeof definitions]>;
