import type { z } from 'zod';
import type { FieldError } from './app-error.js';

/** More help nobody; and what is wrong in a megabyte of nonsense may be more than the nonsense. */
const maxErrors = 20;
const maxPathLength = 200;

/** What zod found wrong, in the form that API errors carry: the first of it. */
export function fieldErrors(error: z.ZodError): FieldError[] {
  return error.issues.slice(0, maxErrors).map(({ message, path }) => ({
    path: path.join('.').slice(0, maxPathLength),
    message: message.slice(0, maxPathLength),
  }));
}
