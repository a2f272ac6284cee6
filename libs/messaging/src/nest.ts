// An entry of its own: a service without Nest does not load it.
export * from './event-context.js';
export * from './worker.js';
