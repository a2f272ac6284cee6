import type { z } from 'zod';
import type { FieldError } from './app-error.js';

/** What zod found wrong, in the form that API errors carry. */
export function fieldErrors(error: z.ZodError): FieldError[] {
  return error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
}
