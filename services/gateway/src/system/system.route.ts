import { addRoute, type Door } from '../access/http/add-route.js';
import { routes } from '../access/route-table.js';
import type { Gateway } from '../gateway.js';
import { readSystem } from './read-system.js';

export function addSystemRoute(door: Door, gateway: Gateway): void {
  addRoute(door, routes.getSystem, async (context, caller) => {
    context.body = await readSystem(gateway, caller);
  });
}
