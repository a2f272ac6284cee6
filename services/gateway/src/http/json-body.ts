import { inexactMessage, inexactNumberIn } from '@wharf/contracts';
import { AppError, type FieldError, fieldErrors } from '@wharf/service-kit';
import type { Context } from 'koa';
import { koaBody } from 'koa-body';
import type { z } from 'zod';
import type { Handler } from '../access/http/add-route.js';

/** `application/merge-patch+json` among them (RFC 7396). */
const jsonTypes = ['application/json', '+json'];

const nothingElse = async () => undefined;

interface ReadRequest {
  body?: unknown;
  /** As text. */
  rawBody?: string;
}

/** A handler for which a JSON body is read before, of at most `limit`. Throws `invalid_request`. */
export function withJson(handler: Handler, limit: '4kb' | '64kb' = '64kb'): Handler {
  const read = koaBody({
    json: true,
    jsonTypes,
    // The parser changes numbers, and does not tell.
    includeUnparsed: true,
    multipart: false,
    urlencoded: false,
    text: false,
    jsonLimit: limit,
    parsedMethods: ['POST', 'PATCH'] as never,
    onError: (cause) => {
      // The parser refuses this key: where it sets a prototype it would be lost.
      const detail = `the body is not a JSON object of at most ${limit.replace('kb', ' kB')} without a key "__proto__"`;
      throw new AppError('invalid_request', detail, { cause });
    },
  });
  return async (context, ...caller) => {
    if (!isBodyMissing(context) && !context.is(jsonTypes)) {
      throw new AppError('invalid_request', 'the body has to be JSON, with the Content-Type application/json');
    }
    await read(context, nothingElse);
    await handler(context, ...caller);
  };
}

/** What `withJson` has read, by its schema; `whenMissing` stands for a request without a body. Throws `invalid_request`. */
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
