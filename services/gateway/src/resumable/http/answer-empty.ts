import type { Context } from 'koa';

/** Where nothing is set Koa sends the words of the status. */
export function answerEmpty(context: Context, status: number): void {
  context.status = status;
  context.body = '';
  context.remove('Content-Type');
}
