import { toAppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import { statusOf } from '../../http/problem.js';
import type { PageHead } from '../head.js';
import { servePage } from './serve-page.js';

/**
 * The page of a link or a request, for people and for the bots that look at addresses in messages, under what `findHead` tells of it. Where that
 * throws, the page stands under the usual head, with the status of what is wrong: it asks again, and says what that is.
 */
export async function serveSharedPage(
  context: Context,
  usualHead: PageHead,
  findHead: () => Promise<PageHead>,
): Promise<void> {
  try {
    servePage(context, await findHead());
  } catch (error) {
    const { code } = toAppError(error);
    if (code === 'internal') throw error;
    servePage(context, usualHead);
    // A client that has this page already is told so.
    if (context.status === 200) context.status = statusOf(code);
  }
}
