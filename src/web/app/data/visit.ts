/** How high the chain was when this browser last left the page, so that a reader sees where they left off. */
import { browser, keep, readKept } from '../lib/keep.ts';
import type { Feed } from './feed/feed.ts';

const KEY = 'stele.visit';

interface Visit {
  genesis: string;
  height: number;
}

const last = readVisit();

function readVisit(): Visit | null {
  try {
    const { genesis, height } = JSON.parse(readKept(browser, KEY) ?? '');
    return typeof genesis === 'string' && Number.isSafeInteger(height) ? { genesis, height } : null;
  } catch {
    return null;
  }
}

/** The height up to which the posts of a network stood there at the visit before this one; null: there was none. */
export const seenHeight = (genesis: string | undefined): number | null =>
  last !== null && last.genesis === genesis ? last.height : null;

/** Notes the height whenever the reader looks away. */
export function noteVisits(feed: Feed): void {
  document.addEventListener('visibilitychange', () => {
    const { node } = feed.state;
    if (!document.hidden || !node) return;
    keep(browser, KEY, JSON.stringify({ genesis: node.network.genesis, height: node.tip.height } satisfies Visit));
  });
}
