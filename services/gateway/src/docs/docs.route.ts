import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import { addRoute, type Door, type Handler } from '../access/http/add-route.js';
import { routes } from '../access/route-table.js';
import { buildAsyncApi } from './build-asyncapi.js';
import { buildOpenApi } from './build-openapi.js';
import { assets, contentSecurityPolicy, page } from './swagger-ui.js';

const oneDayMs = 24 * 3600 * 1000;

/** The reference of the API: its documents, and a page that reads them. Everything comes from here, nothing from outside. */
export function addDocsRoutes(door: Door): void {
  addRoute(door, routes.getOpenApi, sendDocument(buildOpenApi()));
  addRoute(door, routes.getAsyncApi, sendDocument(buildAsyncApi()));
  addRoute(door, routes.getDocs, (context) => {
    protect(context);
    context.set('Cache-Control', 'no-cache');
    context.type = 'text/html';
    context.body = page;
  });
  addRoute(door, routes.getDocsAsset, (context) => sendAsset(context, context.params.asset as string));
}

function sendDocument(document: object): Handler {
  const text = JSON.stringify(document);
  return (context) => {
    context.set('Cache-Control', 'no-cache');
    context.type = 'application/json';
    context.body = text;
  };
}

/** Only what the page needs has an address: no path of a caller ever reaches the file system. */
function sendAsset(context: Context, name: string): void {
  const asset = assets.get(name);
  if (!asset) throw new AppError('route_not_found', 'there is no such file');
  protect(context);
  context.etag = asset.etag;
  context.set('Cache-Control', `public, max-age=${oneDayMs / 1000}`);
  context.status = 200;
  if (context.fresh) {
    context.status = 304;
    return;
  }
  context.type = asset.type;
  context.body = asset.bytes;
}

function protect(context: Context): void {
  context.set({
    'Content-Security-Policy': contentSecurityPolicy,
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  });
}
