import { type AccountsWharf, openAccountsWharf } from '../accounts-wharf.ts';
import { type Login, register } from '../accounts-client.ts';
import { type Browser, openBrowser } from '../browser.ts';

/** A Wharf of all services, somebody who has an account, and a browser. */
export interface PageWorld extends AccountsWharf {
  url: string;
  user: Login;
  browser: Browser;
  close(): Promise<void>;
}

export async function openPageWorld(overrides: Record<string, string> = {}): Promise<PageWorld> {
  const opened = await openAccountsWharf(1, overrides);
  await Promise.all([opened.wharf.start('cloud-sync'), opened.wharf.start('janitor')]);
  const url = opened.wharf.urls[0] as string;
  const [user, browser] = await Promise.all([register(url), openBrowser()]);
  return {
    ...opened,
    ...{ url, user, browser },
    async close() {
      await browser.close();
      await opened.wharf.close();
    },
  };
}

/** As a person does, at the page's own door. */
export async function signIn(
  { page }: Pick<Browser, 'page'>,
  url: string,
  { email, password }: { email: string; password: string },
): Promise<void> {
  await page.goto(url);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Files', includeHidden: true }).first().waitFor({ state: 'attached' });
}
