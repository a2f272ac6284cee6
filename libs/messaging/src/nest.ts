// An entry of its own: a service without Nest does not load it.
export { handleAlone, inBatches, type Received, type Refusal } from './event-batches.js';
export * from './event-context.js';
export * from './handler-decorators.js';
export * from './worker.js';
