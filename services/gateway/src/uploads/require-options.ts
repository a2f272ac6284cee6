import { AppError, type FieldError } from '@wharf/service-kit';
import { isOption, optionResembling } from './resembling-option.js';

type Query = Readonly<Record<string, string>>;

/** A raw body has its options in the query, which has nothing else but `others`. Throws `invalid_request`. */
export function requireStreamParameters(query: Query, others: readonly string[]): void {
  requireNone(query, (name) => {
    if (isOption(name) || others.includes(name)) return undefined;
    return messageFor(name, 'is no parameter of this route');
  });
}

/** A form has all of it in its parts: what stands in the query would be dropped in silence. Throws `invalid_request`. */
export function requireNoParameters(query: Query): void {
  requireNone(query, (name) => {
    if (isOption(name)) return 'belongs into the form, as a field of this name';
    if (name === 'filename') return 'belongs into the form, as the filename of the file';
    return messageFor(name, 'is no parameter of this route: options are fields of the form');
  });
}

/** Throws `invalid_request` for a field that is none of the options, and means one. */
export function requireNoSlip(fieldName: string): void {
  const meant = optionResembling(fieldName);
  if (meant !== undefined) throw notAnOption([{ path: fieldName, message: `is not an option; ${meant} is` }]);
}

function messageFor(name: string, otherwise: string): string {
  const meant = optionResembling(name);
  return meant === undefined ? otherwise : `is not an option; ${meant} is`;
}

function requireNone(query: Query, complaintAbout: (name: string) => string | undefined): void {
  const fields: FieldError[] = [];
  for (const name of Object.keys(query)) {
    const message = complaintAbout(name);
    if (message !== undefined) fields.push({ path: name, message });
  }
  if (fields.length > 0) throw notAnOption(fields);
}

function notAnOption(fields: FieldError[]): AppError {
  return new AppError('invalid_request', 'the upload has an option that is not taken there', { fields });
}
