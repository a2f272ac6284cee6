export * from './late-volume.js';
export { layout, uidOfFile } from './layout.js';
export * from './leftovers.js';
export type { FinishedPart, PartOptions, PartWriter } from './part-writer.js';
export * from './quarantine.js';
export { type Durability, type PlacedFile, Volume } from './volume.js';
export * from './walk.js';
