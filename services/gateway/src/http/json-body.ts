import { AppError, fieldErrors } from '@wharf/service-kit';
import type { Context } from 'koa';
import { koaBody } from 'koa-body';
import type { z } from 'zod';

/** Reads a JSON body of at most 64 kB. Throws `invalid_request`. */
export function readJson() {
  return koaBody({
    json: true,
    multipart: false,
    urlencoded: false,
    text: false,
    jsonLimit: '64kb',
    parsedMethods: ['POST', 'PATCH'] as never,
    onError: (cause) => {
      // The parser refuses this key: where it sets a prototype it would be lost.
      const detail = 'the body is not a JSON object of at most 64 kB without a key "__proto__"';
      throw new AppError('invalid_request', detail, { cause });
    },
  });
}

/** What `readJson` has read, by its schema; `whenMissing` stands for a request without a body. Throws `invalid_request`. */
export function parseBody<Schema extends z.ZodType>(
  schema: Schema,
  context: Context,
  whenMissing?: z.input<Schema>,
): z.infer<Schema> {
  const isMissing =
    context.get('Content-Length') === '0' || (!context.get('Content-Length') && !context.get('Transfer-Encoding'));
  const body: unknown = (context.request as { body?: unknown }).body;
  const parsed = schema.safeParse(isMissing && whenMissing !== undefined ? whenMissing : body);
  if (parsed.success) return parsed.data;
  throw new AppError('invalid_request', 'the body is not valid', { fields: fieldErrors(parsed.error) });
}
