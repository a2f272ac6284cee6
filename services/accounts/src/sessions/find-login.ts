import type { MikroORM } from '@mikro-orm/postgresql';
import { prepared, run } from '@wharf/database';

/** A user whose password is to be judged. */
export interface FoundLogin {
  id: string;
  email: string;
  password_hash: string;
  disabled: boolean;
  /** Whether the user has logged in from the network lately. */
  is_known_network: boolean;
}

const columns = `account.id, account.email, account.password_hash, account.disabled, exists (
     select 1 from accounts.known_networks where user_id = account.id and network = :network
   ) as is_known_network`;
const byEmail = prepared('find_login', `select ${columns} from accounts.users account where account.email = :email`);
const byId = prepared('find_login_by_id', `select ${columns} from accounts.users account where account.id = :id`);

/** `email` is null for what cannot be an address: nobody has it, after the same statement. */
export async function findLoginByEmail(
  orm: MikroORM,
  { email, network }: { email: string | null; network: string },
): Promise<FoundLogin | undefined> {
  const [user] = await run<FoundLogin>(orm, byEmail, { email, network });
  return user;
}

export async function findLoginById(
  orm: MikroORM,
  { id, network }: { id: string; network: string },
): Promise<FoundLogin | undefined> {
  const [user] = await run<FoundLogin>(orm, byId, { id, network });
  return user;
}
