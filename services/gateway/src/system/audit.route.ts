import { AuditOptions, StartAudit } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { AppError } from '@wharf/service-kit';
import { addRoute, type Door, type Handler } from '../access/http/add-route.js';
import { routes } from '../access/route-table.js';
import type { Gateway } from '../gateway.js';
import { parseBody, withJson } from '../http/json-body.js';
import { parsePage, parsePlace } from '../http/parse-page.js';
import { pageAudits } from './page-audits.js';
import { readAudit } from './read-audit.js';

/** Whether records, volume and store agree: the reports of audits, and a new one. */
export function addAuditRoutes(door: Door, { bus, volume }: Gateway): void {
  addRoute(door, routes.listAudits, async (context) => {
    context.body = await pageAudits(volume, parsePage(context));
  });

  const start: Handler = async (context, caller) => {
    const { full = false, repair = false } = parseBody(AuditOptions, context, {});
    const started = await callRpc(bus, StartAudit, { caller, full, repair });
    context.status = 202;
    context.set('Location', `/api/v1/audits/${started.id}`);
    context.body = started;
  };
  addRoute(door, routes.startAudit, withJson(start));

  addRoute(door, routes.getAudit, async (context) => {
    const { cursor, limit } = parsePage(context);
    context.body = await readAudit(volume, parseAuditId(context.params.id), { after: parsePlace(cursor), limit });
  });
}

/** It names a file. Throws `audit_not_found` for what cannot be the id of any. */
function parseAuditId(text = ''): string {
  if (/^[\w-]{1,100}$/.test(text)) return text;
  throw new AppError('audit_not_found', 'there is no report of such an audit');
}
