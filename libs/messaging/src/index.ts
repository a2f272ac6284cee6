export * from './bus.js';
export * from './confirmations.js';
export { ensureStreams, type StreamLimits } from './ensure-streams.js';
export * from './event-context.js';
export * from './lease.js';
export * from './nest-service.js';
export * from './publish-event.js';
export * from './rpc-client.js';
