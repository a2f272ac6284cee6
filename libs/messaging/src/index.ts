export * from './bus.js';
export * from './confirmations.js';
export * from './dead-letters.js';
export { ensureStreams, type StreamLimits } from './ensure-streams.js';
export * from './lease.js';
export * from './publish-event.js';
export { readEvent } from './read-event.js';
export * from './read-stream.js';
export * from './rpc-client.js';
