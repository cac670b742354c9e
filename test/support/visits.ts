/** What the tests of the page begin and end with. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, it } from 'vitest';
import { launchBrowser, Visitor } from './browser.ts';
import { DEVICES, type Device, type Scheme, type View } from './views.ts';

export interface Visits {
  browser: Browser;
  /** Who is on the journey. */
  visitor: Visitor;
  /** A test in one view of the page, where axe finds no fault before the language changes, nor at the end. */
  journey(view: View, name: string, run: () => Promise<void>, isSkipped?: boolean): void;
}

/**
 * One browser for the journeys around it, and one visitor for each device, who must have strayed nowhere when a journey ends, and
 * of whom the next one finds nothing but open tabs and a full cache. Journeys take turns in the views. Each that changes the
 * language is made in two of the eight combinations of language, colours and device.
 */
export function useVisits(): Visits {
  const visitors = new Map<Device, Visitor>();
  const visits = {
    journey(view, name, run, isSkipped = false) {
      it.skipIf(isSkipped)(`${name} (${view})`, async () => {
        const [scheme, device] = view.split(' ') as [Scheme, Device];
        const visitor = visitors.get(device) ?? (await Visitor.come(visits.browser, DEVICES[device]));
        visitors.set(device, visitor);
        visitor.scheme = scheme;
        visits.visitor = visitor;
        await run();
        await visitor.judge();
      });
    },
  } as Visits;
  beforeAll(async () => {
    visits.browser = await launchBrowser();
  });
  afterAll(() => visits.browser?.close());
  afterEach(() => visits.visitor?.makeWay());
  return visits;
}
