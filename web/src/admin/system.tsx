import type { SystemReport } from '@wharf/contracts';
import { useEffect } from 'preact/hooks';
import { wharf } from '../api/wharf.ts';
import { numberText, sizeText, timeText, words } from '../language/language.ts';
import { ErrorNote } from '../parts/error-note.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { Plot } from './plot.tsx';

const refreshMs = 5000;

/** How every part is, what waits, and what the last sweeps and audits came to. */
export function System() {
  const { error, reload, value: report } = useLoaded(() => wharf.system.report(), 'system');
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === 'visible' && void reload(), refreshMs);
    return () => clearInterval(timer);
  }, [reload]);
  return (
    <>
      {error !== undefined && <ErrorNote error={error} onRetry={() => void reload()} />}
      {!report && error === undefined && <p class="loading">{words().loading}</p>}
      {report && <Report report={report} />}
    </>
  );
}

function Report({ report }: { report: SystemReport }) {
  return (
    <div class="system">
      <Services services={report.services} />
      <Volume volume={report.volume} />
      <Files byStatus={report.files.by_status} />
      <section>
        <h2>{words().deadLetters}</h2>
        <p class="figure">{report.dead_letters === null ? '–' : numberText(report.dead_letters)}</p>
        <a href="#/admin/dead-letters">{words().show}</a>
      </section>
      <Consumers consumers={report.consumers} />
      <Sweeps report={report} />
    </div>
  );
}

function Services({ services }: Pick<SystemReport, 'services'>) {
  return (
    <section>
      <h2>{words().services}</h2>
      <ul class="services">
        {services.map(({ checks = {}, name, replicas, status }) => (
          <li key={name}>
            <strong>{name}</strong> <span class={`badge ${status}`}>{words().healths[status]}</span>
            <span class="hint"> × {numberText(replicas)}</span>
            {Object.entries(checks)
              .filter(([, check]) => check.status !== 'ok')
              .map(([check, { detail }]) => (
                <p key={check} class="hint">
                  {check}: {detail ?? words().healths.unavailable}
                </p>
              ))}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Volume({ volume }: Pick<SystemReport, 'volume'>) {
  const { free_bytes: free, reserve_bytes: reserve, total_bytes: total } = volume;
  const used = total - free;
  return (
    <section>
      <h2>{words().volume}</h2>
      <p class="figure">{words().freeOf(sizeText(free), sizeText(total))}</p>
      <meter max={Math.max(1, total)} value={used} high={total - reserve} optimum={0} aria-label={words().volume}>
        {sizeText(used)}
      </meter>
      <p class="hint">{words().reserve(sizeText(reserve))}</p>
    </section>
  );
}

function Files({ byStatus }: { byStatus: SystemReport['files']['by_status'] }) {
  return (
    <section>
      <h2>{words().files}</h2>
      <dl>
        {(Object.keys(byStatus) as (keyof typeof byStatus)[]).map((status) => (
          <div key={status}>
            <dt>{words().statuses[status]}</dt>
            <dd>
              {numberText(byStatus[status]?.count ?? 0)} · {sizeText(byStatus[status]?.bytes ?? 0)}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Consumers({ consumers }: Pick<SystemReport, 'consumers'>) {
  return (
    <section class="wide">
      <h2>{words().backlog}</h2>
      <div class="scrolled">
        <table>
          <thead>
            <tr>
              <th scope="col">{words().consumer}</th>
              <th scope="col">{words().pending}</th>
              <th scope="col">{words().underWay}</th>
              <th scope="col">{words().redelivered}</th>
            </tr>
          </thead>
          <tbody>
            {consumers.map(({ ack_pending: underWay, name, pending, redelivered, stream }) => (
              <tr key={`${stream} ${name}`}>
                <th scope="row">
                  {name} <span class="hint">{stream}</span>
                </th>
                <td>{numberText(pending)}</td>
                <td>{numberText(underWay)}</td>
                <td>{numberText(redelivered)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Both lists come with the newest first. */
function Sweeps({ report: { audits, sweeps } }: { report: SystemReport }) {
  const names = [...new Set(sweeps.map(({ sweep }) => sweep))];
  const [lastAudit] = audits;
  return (
    <section class="wide">
      <h2>{words().sweeps}</h2>
      <ul class="plots">
        {names.map((name) => {
          const runs = sweeps.filter(({ sweep }) => sweep === name);
          const last = runs[0] as (typeof runs)[number];
          const text = words().sweepRun(numberText(last.acted), numberText(last.examined), sizeText(last.freed_bytes));
          return (
            <li key={name}>
              <h3>{words().sweepNames[name]}</h3>
              <Plot values={runs.map(({ acted }) => acted).reverse()} label={`${words().sweepNames[name]}: ${text}`} />
              <p class="hint">
                {timeText(last.finished_at)} · {text}
              </p>
              {last.errors.slice(0, 2).map((error) => (
                <p key={error} class="hint problem">
                  {error}
                </p>
              ))}
            </li>
          );
        })}
        {lastAudit && (
          <li>
            <h3>{words().audits}</h3>
            <Plot
              values={audits.map(({ findings }) => sumOf(findings)).reverse()}
              label={words().findingCount(sumOf(lastAudit.findings))}
            />
            <p class="hint">
              {timeText(lastAudit.finished_at)} · {words().findingCount(sumOf(lastAudit.findings))}
            </p>
          </li>
        )}
      </ul>
    </section>
  );
}

export function sumOf(counts: Partial<Record<string, number>>): number {
  return Object.values(counts).reduce((sum: number, count) => sum + (count ?? 0), 0);
}
