import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  id: string;
  impact: string;
  nodes: { html: string; failureSummary: string }[];
}

/** By axe-core: nothing of the page as it stands is hard to use for anybody who sees, hears or moves otherwise. */
export async function expectAccessible(page: Page, where: string): Promise<void> {
  // Not by a tag, which the policy of the page refuses.
  await page.evaluate(axe);
  const { violations } = await page.evaluate<{ violations: Violation[] }>(
    'axe.run(document, { resultTypes: ["violations"] })',
  );
  const found = violations.map(({ id, impact, nodes }) => ({
    id,
    impact,
    at: nodes.slice(0, 3).map(({ failureSummary, html }) => `${html} ${failureSummary}`),
  }));
  expect({ where, found }).toEqual({ where, found: [] });
}

/** Nothing sticks out to the side. */
export async function expectFitting(page: Page, where: string): Promise<void> {
  const wider = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  expect({ where, wider }).toEqual({ where, wider: 0 });
}
