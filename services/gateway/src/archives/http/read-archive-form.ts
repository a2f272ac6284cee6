import { ArchiveRequest } from '@wharf/contracts';
import { AppError, fieldErrors } from '@wharf/service-kit';
import type { Context } from 'koa';
import { koaBody } from 'koa-body';

/** A thousand uids with their names take 41 KB. */
const limit = '64kb';

const readBody = koaBody({
  urlencoded: true,
  formLimit: limit,
  // As text: of its parser's fields some would be left out without a word.
  includeUnparsed: true,
  json: false,
  multipart: false,
  text: false,
  onError: (cause) => {
    throw new AppError('invalid_request', `the body is not a form of at most ${limit.replace('kb', ' kB')}`, { cause });
  },
});

/** `uid`, any number of times, and `filename`, in the query. Throws `invalid_request`. */
export function readArchiveQuery({ querystring }: Pick<Context, 'querystring'>): ArchiveRequest {
  return parse(new URLSearchParams(querystring));
}

/** The same in the body, as the form of a page sends it. */
export async function readArchiveForm(context: Context): Promise<ArchiveRequest> {
  await readBody(context, async () => undefined);
  const { rawBody = '' } = context.request as { rawBody?: string };
  return parse(new URLSearchParams(rawBody));
}

function parse(fields: URLSearchParams): ArchiveRequest {
  const unknown = [...fields.keys()].find((name) => name !== 'uid' && name !== 'filename');
  if (unknown !== undefined) throw invalid([{ path: unknown, message: 'there is no such parameter' }]);
  const filenames = fields.getAll('filename');
  if (filenames.length > 1) throw invalid([{ path: 'filename', message: 'must be given once' }]);
  const parsed = ArchiveRequest.safeParse({ uids: fields.getAll('uid'), filename: filenames[0] });
  if (parsed.success) return parsed.data;
  throw invalid(fieldErrors(parsed.error).map((error) => ({ ...error, path: error.path.replace(/^uids\b/, 'uid') })));
}

function invalid(fields: { path: string; message: string }[]): AppError {
  return new AppError('invalid_request', 'what is asked for is not valid', { fields });
}
