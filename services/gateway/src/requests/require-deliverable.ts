import { refuseToldType } from '@wharf/content-types';
import { extensionOf, type UploadOptions } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import type { Delivery } from '../access/authenticated.js';
import { cleanFileName } from '../uploads/file-name.js';

interface ToldFile {
  options: UploadOptions;
  sentName: string;
  declaredType: string | undefined;
}

/**
 * Judges what is told of a delivery before its first byte; sizes are judged by the reservation. Throws `content_type_not_allowed`,
 * `invalid_request`.
 */
export function requireDeliverable(delivery: Delivery, { declaredType, options, sentName }: ToldFile): void {
  requireNoOptions(options);
  refuseToldType({ declaredType, extension: extensionOf(cleanFileName(sentName)) }, delivery.allowed_types);
}

/** What becomes of a file is its owner's to say: whoever delivers one could make it public, or end it. Throws `invalid_request`. */
export function requireNoOptions(options: UploadOptions): void {
  const [name] = Object.entries(options).find(([, value]) => value !== undefined) ?? [];
  if (name === undefined) return;
  const fields = [{ path: name, message: 'is not for deliveries' }];
  throw new AppError('invalid_request', 'what is delivered by a file request has no options', { fields });
}
