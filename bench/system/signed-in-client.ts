import { eventually } from '@wharf/test-kit';

const admin = { email: 'bench@example.org', password: 'only for measurements' };
/** Sooner than a token ends. */
const renewMs = 5 * 60_000;

/** Of a Wharf whose clients show tokens. What limits them is in force, and high enough to stop nothing. */
export const withTokens = {
  AUTH: 'required',
  RATE_LIMIT: '999999999/1m',
  ADMIN_EMAIL: admin.email,
  ADMIN_PASSWORD: admin.password,
};

export interface SignedInClient {
  headers(): Record<string, string>;
  close(): void;
}

/** Logs in at a gateway, as soon as it knows by which keys it judges tokens, and again before the token ends. */
export async function signIn(port: number): Promise<SignedInClient> {
  await eventually(() => requireKeys(port));
  let token = await logIn(port);
  const renew = async () => {
    token = await logIn(port);
  };
  // There is another try before the token ends; requests that fail after that say so.
  const timer = setInterval(() => void renew().catch(console.error), renewMs);
  return { headers: () => ({ Authorization: `Bearer ${token}` }), close: () => clearInterval(timer) };
}

async function requireKeys(port: number): Promise<void> {
  const { status } = await fetch(`http://127.0.0.1:${port}/.well-known/jwks.json`, {
    headers: { connection: 'close' },
  });
  if (status !== 200) throw new Error(`the keys of tokens are answered ${status}`);
}

async function logIn(port: number): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', connection: 'close' },
    body: JSON.stringify(admin),
  });
  if (answer.status !== 200) throw new Error(`the login answered ${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as { access_token: string }).access_token;
}
