export * from './late-volume.js';
export { layout } from './layout.js';
export * from './leftovers.js';
export type { FinishedPart, PartOptions, PartWriter } from './part-writer.js';
export { type Durability, Volume } from './volume.js';
