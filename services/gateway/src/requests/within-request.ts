import { AppError } from '@wharf/service-kit';
import type { Delivery } from '../access/authenticated.js';
import type { Gateway } from '../gateway.js';
import { typesInBoth } from './types-in-both.js';

/**
 * The gateway as who delivers by a file request meets it: with the size and the types that both take. Without a request it is the gateway itself.
 * Throws `content_type_not_allowed` where no type is left.
 */
export function withinRequest<Part extends Pick<Gateway, 'config'>>(
  gateway: Part,
  delivery: Delivery | undefined,
): Part {
  if (!delivery) return gateway;
  const { config } = gateway;
  const allowedContentTypes = typesInBoth(config.allowedContentTypes, delivery.allowed_types);
  if (!allowedContentTypes)
    throw new AppError('content_type_not_allowed', 'none of the types that this request takes is taken here any more');
  const maxFileSizeBytes = Math.min(config.maxFileSizeBytes, delivery.max_file_size);
  return { ...gateway, config: { ...config, allowedContentTypes, maxFileSizeBytes } };
}
