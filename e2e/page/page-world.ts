import { openTcpProxy, type TcpProxy } from '@wharf/test-kit';
import { type Login, register } from '../accounts-client.ts';
import { type AccountsWharf, openAccountsWharf } from '../accounts-wharf.ts';
import { type Browser, openBrowser } from '../browser.ts';

/** A Wharf of all services, somebody who has an account, and a browser. */
export interface PageWorld extends AccountsWharf {
  /** As the browser knows it. */
  url: string;
  /** Between the browser and the gateway. */
  network: TcpProxy;
  user: Login;
  browser: Browser;
  close(): Promise<void>;
}

export async function openPageWorld(overrides: Record<string, string> = {}): Promise<PageWorld> {
  const opened = await openAccountsWharf(1, overrides);
  await Promise.all([opened.wharf.start('cloud-sync'), opened.wharf.start('janitor')]);
  const network = await openTcpProxy(opened.wharf.urls[0] as string);
  const { url } = network;
  const [user, browser] = await Promise.all([register(url), openBrowser()]);
  return {
    ...opened,
    ...{ url, network, user, browser },
    async close() {
      await browser.close();
      await network.cut();
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
