import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { serviceNames } from '../scripts/start/service-process.ts';
import { openWharf, type Wharf } from './wharf.ts';

const root = path.resolve(import.meta.dirname, '..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const promtool = (args: string[], input?: string) =>
  execFileSync('promtool', args, { cwd: root, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'], input });

interface Rule {
  alert: string;
  expr: string;
  annotations: { runbook_url: string };
}

const rules = (parse(read('deploy/monitoring/alerts.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const dashboard = JSON.parse(read('deploy/monitoring/dashboard.json')) as {
  panels: { title: string; targets?: { expr: string }[] }[];
};

let wharf: Wharf;
/** What each service answers at /metrics. */
const metrics = new Map<string, string>();

beforeAll(async () => {
  wharf = await openWharf();
  const running = await Promise.all(serviceNames.map((name) => wharf.start(name)));
  for (const [index, { url }] of running.entries())
    metrics.set(serviceNames[index] as string, await (await fetch(`${url}/metrics`)).text());
});

afterAll(() => wharf?.close());

/** The metrics that an expression of Prometheus names. */
function metricsOf(expression: string): string[] {
  const names = expression.match(/\b(?:wharf|nodejs|process)_\w+/g) ?? [];
  return names.map((name) => name.replace(/_(bucket|count|sum)$/, ''));
}

function liveMetrics(): Set<string> {
  return new Set(
    [...metrics.values()].flatMap((text) => [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name as string)),
  );
}

test('Prometheus takes the alerts, and each of them fires at its fault and at nothing else', () => {
  expect(promtool(['check', 'rules', 'deploy/monitoring/alerts.yml'])).toContain(`${rules.length} rules found`);
  expect(promtool(['check', 'config', '--syntax-only', 'deploy/monitoring/prometheus.yml'])).toContain('SUCCESS');
  expect(promtool(['test', 'rules', 'deploy/monitoring/alerts.test.yml'])).toContain('SUCCESS');
  const { tests } = parse(read('deploy/monitoring/alerts.test.yml')) as {
    tests: { name: string; alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
  };
  const [silent, ...faults] = tests;
  expect(silent?.alert_rule_test.map(({ alertname }) => alertname)).toEqual(rules.map(({ alert }) => alert));
  expect(
    faults
      .filter(({ alert_rule_test: [first] }) => first?.exp_alerts.length === 1)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(rules.map(({ alert }) => alert).sort());
});

test('each alert has its page in the runbook, and each page its alert', () => {
  const headings = [...read('docs/runbook.md').matchAll(/^## (\w+)$/gm)].map(([, name]) => name as string);
  expect(headings).toEqual(rules.map(({ alert }) => alert));
  for (const { alert, annotations } of rules)
    expect(annotations.runbook_url).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
});

test('alerts and dashboard ask for metrics that a service has', () => {
  const live = liveMetrics();
  const expressions = [
    ...rules.map(({ alert, expr }) => [alert, expr]),
    ...dashboard.panels.flatMap(({ targets = [], title }) => targets.map(({ expr }) => [title, expr])),
  ];
  expect(expressions.length).toBeGreaterThan(40);
  for (const [where, expression = ''] of expressions)
    expect([where, metricsOf(expression).filter((name) => !live.has(name))]).toEqual([where, []]);
});

test('every metric of Wharf is in docs/operations.md, and every one that is there exists', () => {
  const table = read('docs/operations.md').split('## Metrics')[1]?.split('\n## ')[0] as string;
  const documented = [...table.matchAll(/^\| .*?`(wharf_\w+)`/gm)].map(([, name]) => name as string);
  const live = [...liveMetrics()].filter((name) => name.startsWith('wharf_'));
  expect(documented.sort()).toEqual(live.sort());
});

test.each(serviceNames)('Prometheus has nothing to say against the metrics of %s', (name) => {
  const own = (metrics.get(name) as string).split('\n').filter((line) => /^(# \w+ )?wharf_/.test(line));
  expect(() => promtool(['check', 'metrics'], `${own.join('\n')}\n`)).not.toThrow();
});

test('every query of the dashboard is one of Prometheus', () => {
  const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  const recording = queries.map((expr, index) => ({
    record: `query_${index}`,
    expr: expr.replaceAll('$__rate_interval', '1m'),
  }));
  const file = path.join(root, 'node_modules/.cache', `queries-${process.pid}.json`);
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules: recording }] }));
  expect(promtool(['check', 'rules', '--lint=none', file])).toContain(`${queries.length} rules found`);
  rmSync(file);
});
