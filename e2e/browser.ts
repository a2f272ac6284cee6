import { eventually, freshFolder, testServer } from '@wharf/test-kit';
import { chromium, type Request } from 'playwright-core';

/** Slow machines draw slowly: what a page is waited for, beyond what any of them needs. */
const patienceMs = 90_000;

/** A browser without a past, without a window, and without a way to anywhere but this machine, which `ownNames` lead to as well. */
export async function openBrowser({ ownNames = [] }: { ownNames?: string[] } = {}) {
  const profile = await freshFolder('wharf-browser');
  const context = await chromium.launchPersistentContext(profile.path, {
    executablePath: testServer('WHARF_TEST_CHROMIUM'),
    timeout: patienceMs,
    // Tests that need TLS make their own.
    ignoreHTTPSErrors: true,
    args: [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      `--host-resolver-rules=${[...ownNames.map((name) => `MAP ${name} 127.0.0.1`), 'MAP * ~NOTFOUND'].join(', ')}, EXCLUDE 127.0.0.1`,
    ],
  });
  context.setDefaultTimeout(patienceMs);
  const requests: string[] = [];
  const complaints: string[] = [];
  const underWay = new Set<Request>();
  context.on('request', (request) => {
    requests.push(request.url());
    underWay.add(request);
  });
  context.on('requestfinished', (request) => underWay.delete(request));
  context.on('requestfailed', (request) => {
    complaints.push(`${request.url()} ${request.failure()?.errorText}`);
    underWay.delete(request);
  });
  context.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  context.on('weberror', (error) => complaints.push(String(error.error())));
  const page = await context.newPage();
  return {
    page,
    /** Goes to another page once this one has all that it asked for: what is broken off would count as failed. */
    async visit(address: string) {
      await eventually(
        () => {
          if (underWay.size > 0) throw new Error(`${underWay.size} requests are under way`);
        },
        { timeoutMs: patienceMs },
      );
      return page.goto(address);
    },
    /** Every address that was asked for. */
    requests,
    /** Failed requests, refusals of the content security policy, errors of scripts. */
    complaints,
    async close() {
      await context.close();
      await profile.remove();
    },
  };
}

export type Browser = Awaited<ReturnType<typeof openBrowser>>;
