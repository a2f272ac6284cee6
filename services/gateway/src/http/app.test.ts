import { expect, test } from '@jest/globals';
import { createLogger, Health, loadConfig, Metrics } from '@wharf/service-kit';
import type { Access } from '../access/access.js';
import { type Route, routes, routeTable } from '../access/route-table.js';
import { gatewaySettings } from '../config.js';
import type { Gateway } from '../gateway.js';
import { createApp } from './app.js';
import { RunningRequests } from './running-requests.js';

interface Layer {
  path: string;
  methods: string[];
  stack: ((context: object) => unknown)[];
}

const gateway = {
  config: loadConfig(gatewaySettings, { NATS_URL: 'nats://nats', OBJECT_STORE_URL: 'file:///tmp' }),
  access: { isOpen: false } as Access,
  metrics: new Metrics('gateway'),
  health: new Health(),
  logger: createLogger('gateway', 'silent'),
} as Gateway;

const { middleware } = createApp(gateway, new RunningRequests());
const routersOf = () =>
  middleware.flatMap((each) => {
    const { router } = each as { router?: { stack: Layer[] } };
    return router ? [router.stack] : [];
  });

function nameOf({ method, path }: Route): string {
  return `${method} ${path}`;
}

test('every layer of the routers is a route of the table, and every route has one', () => {
  const layers = routersOf().flat();
  // HEAD comes with GET, unless it is all that there is.
  const found = layers.flatMap(({ methods, path }) =>
    methods.filter((method) => method !== 'HEAD' || methods.length === 1).map((method) => `${method} ${path}`),
  );
  expect(found.sort()).toEqual(routeTable().map(nameOf).sort());
});

test('what has no method refuses, and lies where there are routes', () => {
  const paths = routeTable().map(({ path }) => path);
  for (const { methods, path, stack } of routersOf().flat()) {
    if (methods.length > 0) continue;
    expect(paths).toContain(path);
    for (const handle of stack) {
      expect(() => handle({ set: () => undefined, method: 'TRACE' })).toThrow(
        expect.objectContaining({ code: 'method_not_allowed' }),
      );
    }
  }
});

test('public doors, and no others, lie before the one at which callers are known', () => {
  const [open = [], known = []] = routersOf();
  const accessOf = (stack: Layer[]) =>
    new Set(
      stack.flatMap(({ methods, path }) =>
        Object.values<Route>(routes)
          .filter((route) => route.path === path && methods.includes(route.method))
          .map(({ access }) => access),
      ),
    );
  expect([...accessOf(open)].sort()).toEqual(['link', 'public', 'request']);
  for (const access of accessOf(open)) expect([...accessOf(known)]).not.toContain(access);
});
