import { z } from 'zod';
import { ApiKey, Email, Password, User } from './accounts.rpc.js';
import { Scope } from './caller.js';
import { ShortText } from './values.js';

const tenYearsSeconds = 10 * 366 * 24 * 3600;

/** Who wants to be a user. */
export const Registration = z.strictObject({ email: Email, password: Password });
export type Registration = z.infer<typeof Registration>;

/** Who is a user. Looser than a registration: what it is not, the accounts service says in one voice and in one time. */
export const Login = z.strictObject({ email: z.string().max(254), password: z.string().max(1024) });
export type Login = z.infer<typeof Login>;

export const PasswordChange = z.strictObject({ current_password: z.string().max(1024), new_password: Password });
export type PasswordChange = z.infer<typeof PasswordChange>;

/** Instead of the cookie, for programs that keep none. */
export const RefreshOptions = z.strictObject({ refresh_token: z.string().min(1).max(255).optional() });
export type RefreshOptions = z.infer<typeof RefreshOptions>;

/** The refresh token is in its cookie alone, where scripts of a page do not reach it. */
export const SignedIn = z.object({
  user: User,
  access_token: z.string(),
  /** Seconds until the access token expires. */
  expires_in: z.int().positive(),
});
export type SignedIn = z.infer<typeof SignedIn>;

export const NewApiKey = z.strictObject({
  name: ShortText,
  scopes: z.array(Scope).min(1),
  /** Seconds from now. */
  expires_in: z.int().min(1).max(tenYearsSeconds).nullable().optional(),
});
export type NewApiKey = z.infer<typeof NewApiKey>;

/** `key` is shown once: only a digest of its secret is kept. */
export const CreatedApiKey = ApiKey.extend({ key: z.string() });
export type CreatedApiKey = z.infer<typeof CreatedApiKey>;

/** The query of a list of users as it stands in an address. */
export const UserQuery = z.object({
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(1).max(200))
    .default(50),
  /** `next_cursor` of the page before. */
  cursor: z.uuid().optional(),
});
export type UserQuery = z.infer<typeof UserQuery>;

export const UserPage = z.object({
  users: z.array(User),
  /** Null on the last page. */
  next_cursor: z.string().nullable(),
});
export type UserPage = z.infer<typeof UserPage>;
