import type { HealthReport, ServiceState } from '@wharf/contracts';
import type { ToldHealth } from '@wharf/messaging';

/** The first is the best. */
const statuses: readonly HealthReport['status'][] = ['ok', 'degraded', 'draining', 'unavailable'];

/** What the replicas of each service told, put together; services that nobody expected come last. */
export function serviceStates(expected: readonly string[], told: readonly ToldHealth[]): ServiceState[] {
  const names = new Set([...expected, ...told.map(({ service }) => service)]);
  return [...names].map((name) =>
    stateOf(
      name,
      told.filter(({ service }) => service === name).map(({ report }) => report),
    ),
  );
}

function stateOf(name: string, reports: HealthReport[]): ServiceState {
  const status = statuses.find((each) => reports.some((report) => report.status === each)) ?? 'unavailable';
  const checks: NonNullable<ServiceState['checks']> = {};
  for (const [check, result] of reports.flatMap((report) => Object.entries(report.checks))) {
    if (checks[check]?.status !== 'unavailable') checks[check] = result;
  }
  return { name, status, replicas: reports.length, ...(reports.length > 0 && { checks }) };
}
