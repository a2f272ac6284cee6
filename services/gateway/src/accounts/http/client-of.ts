import type { Context } from 'koa';

/** What a session is known by in the list of its user. */
export function clientOf(context: Context): { address: string; user_agent: string } {
  return { address: context.ip.slice(0, 64), user_agent: context.get('User-Agent').slice(0, 255) };
}
