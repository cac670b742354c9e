/** The ways in which readers see the page, and what axe finds in what they see. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { BrowserContextOptions, Page } from 'playwright-core';

export type Scheme = 'light' | 'dark';
export type Device = 'phone' | 'desk';
/** Such as `dark phone`. */
export type View = `${Scheme} ${Device}`;

export const DEVICES = {
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
  desk: { viewport: { width: 1280, height: 720 } },
} satisfies Record<Device, BrowserContextOptions>;

/** WCAG 2.2 at level AA, and what axe holds to be good practice. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
export const WHOLE = { runOnly: RULES, rules: { 'target-size': { enabled: true } } };
/** What a view may change. */
export const LOOKS = { runOnly: ['color-contrast', 'link-in-text-block', 'target-size', 'valid-lang'] };

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Colours on their way are nobody's to judge. */
const FINISH = `for (const animation of document.getAnimations()) {
  if (animation.effect?.getComputedTiming().endTime < Infinity) animation.finish();
}`;

/** What axe finds in a part of the page. */
export async function faultsIn(page: Page, part: string, options: object): Promise<string[]> {
  if (await page.evaluate('typeof axe === "undefined"')) await page.evaluate(AXE);
  await page.evaluate(FINISH);
  const only = JSON.stringify({ ...options, resultTypes: ['violations'] });
  const run = `axe.run('${part}', ${only}).then(({ violations }) => violations)`;
  const violations = (await page.evaluate(run)) as AxeResults['violations'];
  return violations.map(({ id, nodes }) => `${id} in ${nodes[0]?.html}: ${nodes[0]?.any[0]?.message}`);
}
