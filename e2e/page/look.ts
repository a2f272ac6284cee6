import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { expectAccessible, expectFitting } from './audit-page.ts';

/** `npm run screenshots` says where to. */
const folder = process.env.WHARF_SCREENSHOTS;
const widths = [360, 800, 1600];
const themes = ['light', 'dark'] as const;

/** In every width nothing sticks out, and in both themes axe finds nothing. */
export async function look(page: Page, name: string): Promise<void> {
  // Colours that are on their way to others would be judged as if they stayed.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  if (folder) await mkdir(folder, { recursive: true });
  for (const width of widths) {
    await page.setViewportSize({ width, height: width === 360 ? 740 : 900 });
    await expectFitting(page, `${name} ${width}`);
    if (folder) await page.screenshot({ path: path.join(folder, `${name}-${width}.png`) });
  }
  for (const theme of themes) {
    await page.evaluate(`document.documentElement.dataset.theme = ${JSON.stringify(theme)}`);
    await expectAccessible(page, `${name} ${theme}`);
  }
  if (folder && name === 'files') await page.screenshot({ path: path.join(folder, `${name}-dark.png`) });
  await page.evaluate("document.documentElement.dataset.theme = 'auto'");
}
