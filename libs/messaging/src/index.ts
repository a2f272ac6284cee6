export * from './bus.js';
export * from './confirmations.js';
export { ensureStreams, type StreamLimits } from './ensure-streams.js';
export * from './find-events.js';
export { KeyValueBucket, type KeyValueOptions, type Versioned } from './key-value.js';
export * from './lease.js';
export * from './publish-event.js';
export * from './rpc-client.js';
