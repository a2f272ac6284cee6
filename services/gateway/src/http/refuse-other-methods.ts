import { AppError } from '@wharf/service-kit';
import type { Door } from '../access/http/add-route.js';

/** For a path that a later route, with a parameter, would take for something else. Call it behind the path's own routes. */
export function refuseOtherMethods({ router }: Door, path: string, methods: readonly string[]): void {
  router.register(path, [], (context) => {
    context.set('Allow', methods.join(', '));
    throw new AppError('method_not_allowed', `this route does not take ${context.method}`);
  });
}
