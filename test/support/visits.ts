/** What the tests of the page begin and end with. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { launchBrowser, Visitor } from './browser.ts';

export interface Visits {
  browser: Browser;
  visitor: Visitor;
}

/**
 * One browser for the tests around it, and one visitor, who must have strayed nowhere when a test ends, and of whom the
 * next test finds nothing but open tabs and a full cache.
 */
export function useVisits(): Visits {
  const visits = {} as Visits;
  beforeAll(async () => {
    visits.browser = await launchBrowser();
    visits.visitor = await Visitor.come(visits.browser);
  });
  afterAll(() => visits.browser?.close());
  afterEach(() => visits.visitor.makeWay());
  return visits;
}
