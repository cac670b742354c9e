/** What the tests of the page begin and end with. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { launchBrowser, Visitor } from './browser.ts';

export interface Visits {
  browser: Browser;
  visitor: Visitor;
}

/** One browser for the tests around it, and for each of them a visitor, who must have strayed nowhere when it ends. */
export function useVisits(): Visits {
  const visits = {} as Visits;
  beforeAll(async () => {
    visits.browser = await launchBrowser();
  });
  afterAll(() => visits.browser?.close());
  beforeEach(async () => {
    visits.visitor = await Visitor.come(visits.browser);
  });
  afterEach(() => visits.visitor.leave());
  return visits;
}
