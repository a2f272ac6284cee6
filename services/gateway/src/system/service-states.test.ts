import { expect, test } from '@jest/globals';
import type { HealthReport } from '@wharf/contracts';
import { serviceStates } from './service-states.js';

const told = (service: string, status: HealthReport['status'], checks: HealthReport['checks'] = {}) => ({
  service,
  report: { status, checks },
});

test('a service is as well as its best replica, and its checks are those of the worst', () => {
  expect(
    serviceStates(
      ['metadata', 'janitor'],
      [
        told('metadata', 'unavailable', { nats: { status: 'ok' }, postgres: { status: 'unavailable', detail: 'no' } }),
        told('metadata', 'ok', { nats: { status: 'ok' }, postgres: { status: 'ok' } }),
        told('accounts', 'draining'),
      ],
    ),
  ).toEqual([
    {
      name: 'metadata',
      status: 'ok',
      replicas: 2,
      checks: { nats: { status: 'ok' }, postgres: { status: 'unavailable', detail: 'no' } },
    },
    { name: 'janitor', status: 'unavailable', replicas: 0 },
    { name: 'accounts', status: 'draining', replicas: 1, checks: {} },
  ]);
});
