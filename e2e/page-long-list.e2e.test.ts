import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { fillFiles } from '../bench/fill-files.ts';
import { nameSearchOf } from '../services/metadata/src/files/name-search.js';
import { type Browser, openBrowser } from './browser.ts';
import { watchTasks } from './page/watch-tasks.ts';
import { openSmallWharf, type Wharf } from './wharf.ts';

/** `LISTED_RECORDS=100000` is the whole of what Wharf promises. */
const listed = Number(process.env.LISTED_RECORDS ?? 10_000);
/** One of ten is deleted, and not listed. */
const filled = Math.floor((listed * 10) / 9);

let wharf: Wharf;
let url: string;
let browser: Browser;

beforeAll(async () => {
  const opened = await openSmallWharf();
  wharf = opened.wharf;
  url = opened.client.url;
  const client = new pg.Client({ connectionString: wharf.environment.DATABASE_URL });
  await client.connect();
  await fillFiles(client, { count: filled, nameSearchOf });
  await client.end();
  browser = await openBrowser();
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await wharf?.close();
}, 60_000);

/** As fast as records come, a window at a time, until there are no more. Gives how many there were. */
const scrollToEnd = `new Promise((resolve) => {
  const grid = document.querySelector('[role=grid]');
  const step = () => {
    grid.scrollTop += 20 * grid.clientHeight;
    const count = Number(grid.getAttribute('aria-rowcount'));
    if (count > 0 && grid.scrollTop + grid.clientHeight >= grid.scrollHeight - 1) resolve(count - 1);
    else requestAnimationFrame(step);
  };
  step();
})`;

test(`${listed} records are scrolled through without a pause, and few of them are drawn at a time`, async () => {
  const { page } = browser;
  await browser.visit(url);
  await page.getByRole('grid').waitFor();
  const first = page.locator('[data-row="0"] a');
  const name = await first.textContent();
  const endWatch = await watchTasks(page);
  expect(await page.evaluate(scrollToEnd)).toBe(listed);
  expect(await page.getByRole('row').count()).toBeLessThan(60);
  expect(await first.count()).toBe(0);
  // What was passed long ago is asked for again.
  await page.evaluate('document.querySelector("[role=grid]").scrollTop = 0');
  await first.waitFor();
  expect(await first.textContent()).toBe(name);
  const tasks = await endWatch();
  expect(tasks.length).toBeGreaterThan(100);
  expect(tasks.filter((ms) => ms > 50)).toEqual([]);
}, 120_000);
