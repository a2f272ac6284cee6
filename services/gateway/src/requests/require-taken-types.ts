import { AppError } from '@wharf/service-kit';
import type { Config } from '../config.js';
import { typesInBoth } from './types-in-both.js';

/** A request for types of which the server takes none would take nothing. Throws `invalid_request`. */
export function requireTakenTypes(
  { allowedContentTypes }: Pick<Config, 'allowedContentTypes'>,
  wanted: readonly string[] = [],
): void {
  if (typesInBoth(allowedContentTypes, wanted)) return;
  const message = `none of them is taken here, which is ${allowedContentTypes.join(', ')}`;
  throw new AppError('invalid_request', 'the body is not valid', { fields: [{ path: 'allowed_types', message }] });
}
