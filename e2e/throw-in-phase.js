/**
 * Preloaded into a gateway (`node --import`): a request that names a phase by `X-Throw-In` meets an exception there that nobody
 * expects, and SIGUSR2 meets one that belongs to no request.
 */
import { createRequire } from 'node:module';

const Koa = createRequire(new URL('../services/gateway/package.json', import.meta.url))('koa');

const fail = (phase) => () => {
  throw new Error(`thrown in ${phase}`);
};

/** Reading it throws; writing does what it did. */
function trap(object, property, phase) {
  const set = (value) => Reflect.set(Object.getPrototypeOf(object), property, value, object);
  Object.defineProperty(object, property, { get: fail(phase), set, configurable: true });
}

const phases = {
  'before routing': ({ req }) => trap(req, 'headers', 'before routing'),
  routing: (context) => trap(context, 'path', 'routing'),
  answering: (context) => trap(context, 'body', 'answering'),
  'the error edge': (context) => {
    trap(context, 'path', 'routing');
    // Once: whatever answers instead needs it.
    context.res.getHeaderNames = () => {
      delete context.res.getHeaderNames;
      return fail('the error edge')();
    };
  },
  'a listener of data': ({ req }) => req.once('data', fail('a listener of data')),
  'a listener of end': ({ req }) => req.once('end', fail('a listener of end')),
  'a listener of finish': ({ res }) => res.once('finish', fail('a listener of finish')),
  'a listener of close': ({ res }) => res.once('close', fail('a listener of close')),
  'a timer': (context) => {
    wait(context);
    setTimeout(fail('a timer'));
  },
  'a callback': (context) => {
    wait(context);
    process.nextTick(fail('a callback'));
  },
  'a promise': (context) => {
    wait(context);
    void Promise.reject(new Error('thrown in a promise'));
  },
  'the body': (context) => {
    wait(context);
    context.res.writeHead(200, { 'Content-Length': 100 }).write('half');
    setTimeout(fail('the body'), 50);
  },
};

/** Keeps the application from answering first. */
function wait(context) {
  Object.defineProperty(context, 'respond', { get: () => false, set() {} });
}

const { createContext } = Koa.prototype;
Koa.prototype.createContext = function (request, response) {
  const phase = request.headers['x-throw-in'];
  if (phase === 'the context') throw new Error('thrown in the context');
  const context = createContext.call(this, request, response);
  phases[phase]?.(context);
  return context;
};

process.on('SIGUSR2', () => setImmediate(fail('nobody')));
