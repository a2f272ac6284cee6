import type { Metrics } from '@wharf/service-kit';

export type AccountsMetrics = ReturnType<typeof accountsMetrics>;

export function accountsMetrics(metrics: Metrics) {
  return {
    logins: metrics.counter('wharf_accounts_logins_total', 'Logins by outcome; all but succeeded were refused', [
      'outcome',
    ]),
    refreshes: metrics.counter('wharf_accounts_refreshes_total', 'Uses of refresh tokens by outcome', ['outcome']),
    passwordsWaiting: metrics.gauge('wharf_accounts_passwords_waiting', 'Passwords that wait until they are hashed'),
  };
}
