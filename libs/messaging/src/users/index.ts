export * from './bus-users.js';
export { isIntegratorName } from './integrators.js';
export { matches } from './matches.js';
export * from './permissions.js';
export { serverConfig } from './server-config.js';
