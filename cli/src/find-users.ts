import { type Caller, ListUsers, type User } from '@wharf/contracts';
import { type Bus, callRpc } from '@wharf/messaging';
import { AppError } from '@wharf/service-kit';

/** Who may reach the bus as `wharf` does may administer users: NATS says so, and nobody else can. */
export const operator: Caller = { kind: 'service', id: null, scopes: ['admin'] };

const pageSize = 200;

/** In the order of their registration. */
export async function* listAllUsers(bus: Bus): AsyncGenerator<User> {
  let after: string | null = null;
  for (;;) {
    const { users }: { users: User[] } = await callRpc(bus, ListUsers, { caller: operator, after, limit: pageSize });
    yield* users;
    const last = users.at(-1);
    if (!last || users.length < pageSize) return;
    after = last.id;
  }
}

/** By id or address. Throws `user_not_found`. */
export async function findUser(bus: Bus, text: string): Promise<User> {
  const wanted = text.toLowerCase();
  for await (const user of listAllUsers(bus)) if (user.id === wanted || user.email === wanted) return user;
  throw new AppError('user_not_found', `there is no user ${text}`);
}
