import { setTimeout as delay } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { type Scope, scopes } from '@wharf/contracts';
import { eventually } from '@wharf/test-kit';
import { bearer, changeUser, createKey, type Login, logIn, register, sendJson } from '../accounts-client.ts';
import type { AccountsWharf } from '../accounts-wharf.ts';
import { Forge } from './forge.ts';

export const fileScopes: readonly Scope[] = ['files:create', 'files:read', 'files:write'];

/** The people of the matrix, and what they show. */
export interface Cast {
  /** Of the files. */
  owner: Login;
  other: Login;
  admin: Login;
  /** Comes and goes. */
  visitor: Login;
  /** Has a session and a key, with which nobody of the matrix has anything to do. */
  bystander: Login & { key: string; keyId: string };
  /** Of a file request of the owner, for as many files as come. */
  requestToken: string;
  /** Every gateway has taken them. */
  ended: Ended;
  forge: Forge;
  /** Made once for the same scopes: a user has a hundred at most. */
  keyOf(login: Login, keyScopes: readonly Scope[]): Promise<string>;
}

interface Ended {
  tokenOfSession: string;
  key: string;
  expiredKey: string;
  tokenOfDisabled: string;
  keyOfDisabled: string;
  tokenOfFormerAdmin: string;
  /** Counts still, as one of a user. */
  keyOfFormerAdmin: string;
}

export async function openCast({ wharf, admin }: AccountsWharf): Promise<Cast> {
  const [url] = wharf.urls as [string];
  const [owner, other, visitor, bystander] = [
    await register(url),
    await register(url),
    await register(url),
    await register(url),
  ];
  const { key, id: keyId } = await createKey(url, bystander, { scopes: fileScopes });
  const keys = new Map<string, Promise<string>>();
  return {
    owner,
    other,
    admin,
    visitor,
    bystander: { ...bystander, key, keyId },
    requestToken: await askForFiles(url, owner),
    ended: await endSome(wharf.urls, owner, admin),
    forge: await Forge.open(wharf.environment.DATABASE_URL as string, owner.accessToken),
    keyOf(login, keyScopes) {
      const name = [login.user.id, ...keyScopes].join(' ');
      const made = keys.get(name) ?? createKey(url, login, { scopes: keyScopes }).then((each) => each.key);
      keys.set(name, made);
      return made;
    },
  };
}

async function askForFiles(url: string, { accessToken }: Login): Promise<string> {
  const wanted = { title: 'Papers', max_files: 1000, max_bytes: 1e9, max_file_size: 1e6, expires_in: 3600 };
  const made = await sendJson(`${url}/api/v1/requests`, wanted, { headers: bearer(accessToken) });
  const { url: address } = (await made.json()) as { url: string };
  return address.split('/').at(-1) as string;
}

/** Shows each credential to each gateway while it is good, ends it at the first one, and waits until all of them know. */
async function endSome(urls: readonly string[], owner: Login, admin: Login): Promise<Ended> {
  const [url] = urls as [string];
  const session = await logIn(url, { ...owner, email: owner.user.email });
  const { id, key } = await createKey(url, owner, { scopes: fileScopes });
  const { key: expiredKey } = await createKey(url, owner, { scopes: fileScopes, expires_in: 1 });
  const disabled = await register(url);
  const { key: keyOfDisabled } = await createKey(url, disabled, { scopes: fileScopes });
  const { email } = (await register(url).then(({ user }) =>
    changeUser(url, admin, user, { role: 'admin' }),
  )) as Login['user'];
  const formerAdmin = await logIn(url, { email, password: owner.password });
  const { key: keyOfFormerAdmin } = await createKey(url, formerAdmin, { scopes });
  const tokens = [session, disabled, formerAdmin].map(({ accessToken }) => accessToken);
  const shown = [...tokens, key, keyOfDisabled];
  await expectAll(urls, [...shown, keyOfFormerAdmin], 200);

  const end = (path: string) =>
    fetch(`${url}/api/v1/auth/${path}`, { method: 'DELETE', headers: bearer(owner.accessToken) });
  expect((await end(`sessions/${session.sessionId}`)).status).toBe(204);
  expect((await end(`keys/${id}`)).status).toBe(204);
  await changeUser(url, admin, disabled.user, { disabled: true });
  await changeUser(url, admin, formerAdmin.user, { role: 'user' });
  await delay(1100);
  await eventually(() => expectAll(urls, [...shown, expiredKey], 401), { timeoutMs: 3000 });
  return {
    tokenOfSession: session.accessToken,
    key,
    expiredKey,
    tokenOfDisabled: disabled.accessToken,
    keyOfDisabled,
    tokenOfFormerAdmin: formerAdmin.accessToken,
    keyOfFormerAdmin,
  };
}

async function expectAll(urls: readonly string[], shown: readonly string[], status: number): Promise<void> {
  for (const url of urls) {
    for (const each of shown) {
      const answer = await fetch(`${url}/api/v1/files`, { headers: bearer(each) });
      expect([shown.indexOf(each), answer.status]).toEqual([shown.indexOf(each), status]);
      await answer.arrayBuffer();
    }
  }
}
