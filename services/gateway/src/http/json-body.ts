import { inexactMessage, inexactNumberIn } from '@wharf/contracts';
import { AppError, type FieldError, fieldErrors } from '@wharf/service-kit';
import type { Context, Middleware } from 'koa';
import { koaBody } from 'koa-body';
import type { z } from 'zod';

/** `application/merge-patch+json` among them (RFC 7396). */
const jsonTypes = ['application/json', '+json'];

interface ReadRequest {
  body?: unknown;
  /** As text. */
  rawBody?: string;
}

/** Reads a JSON body of at most 64 kB. Throws `invalid_request`. */
export function readJson(): Middleware {
  const read = koaBody({
    json: true,
    jsonTypes,
    // The parser changes numbers, and does not tell.
    includeUnparsed: true,
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
  return (context, next) => {
    if (!isBodyMissing(context) && !context.is(jsonTypes)) {
      throw new AppError('invalid_request', 'the body has to be JSON, with the Content-Type application/json');
    }
    return read(context, next);
  };
}

/** What `readJson` has read, by its schema; `whenMissing` stands for a request without a body. Throws `invalid_request`. */
export function parseBody<Schema extends z.ZodType>(
  schema: Schema,
  context: Context,
  whenMissing?: z.input<Schema>,
): z.infer<Schema> {
  const { body, rawBody = '' } = context.request as ReadRequest;
  const inexact = inexactNumberIn(rawBody);
  if (inexact) throw notValid([{ path: inexact.key, message: inexactMessage(inexact) }]);
  const isReplaced = isBodyMissing(context) && whenMissing !== undefined;
  const parsed = schema.safeParse(isReplaced ? whenMissing : body);
  if (parsed.success) return parsed.data;
  throw notValid(fieldErrors(parsed.error));
}

function isBodyMissing(context: Context): boolean {
  const length = context.get('Content-Length');
  return length === '0' || (!length && !context.get('Transfer-Encoding'));
}

function notValid(fields: FieldError[]): AppError {
  return new AppError('invalid_request', 'the body is not valid', { fields });
}
