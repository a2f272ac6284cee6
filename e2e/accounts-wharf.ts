import { expect } from '@jest/globals';
import { eventually } from '@wharf/test-kit';
import { type Login, logIn, usualPassword } from './accounts-client.ts';
import { openWharf, type Wharf } from './wharf.ts';

const adminCredentials = { email: 'admin@example.org', password: usualPassword };

export interface AccountsWharf {
  wharf: Wharf;
  admin: Login;
}

/** Metadata, accounts and gateways that ask who somebody is, behind what they take for a proxy; everybody may register. */
export async function openAccountsWharf(
  gateways: number,
  overrides: Record<string, string> = {},
): Promise<AccountsWharf> {
  const wharf = await openWharf({
    AUTH: 'required',
    RATE_LIMIT: 'none',
    TRUST_PROXY: 'true',
    REGISTRATION: 'open',
    ADMIN_EMAIL: adminCredentials.email,
    ADMIN_PASSWORD: adminCredentials.password,
    ...overrides,
  });
  try {
    await Promise.all([wharf.start('metadata'), wharf.start('accounts')]);
    for (let count = 0; count < gateways; count++) await wharf.start('gateway');
    for (const url of wharf.urls) await untilReady(url);
    return { wharf, admin: await eventually(() => logIn(wharf.urls[0] as string, adminCredentials)) };
  } catch (error) {
    await wharf.close();
    throw error;
  }
}

async function untilReady(url: string): Promise<void> {
  await eventually(async () => {
    expect((await fetch(`${url}/.well-known/jwks.json`)).status).toBe(200);
    expect(await (await fetch(`${url}/health/ready`)).json()).toMatchObject({
      checks: { metadata: { status: 'ok' }, accounts: { status: 'ok' } },
    });
  });
}
