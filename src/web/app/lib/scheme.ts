/** Light or dark: as the system is, or as the reader chose here. */
import { browser, keep, readKept } from './keep.ts';

/** The choices of colours; `system` follows the reader's system. */
export const SCHEMES = ['system', 'light', 'dark'] as const;
/** One of {@link SCHEMES}. */
export type Scheme = (typeof SCHEMES)[number];

const KEY = 'stele.scheme';

/** The reader's choice of colours, `system` by default. */
export function readScheme(): Scheme {
  const kept = readKept(browser, KEY);
  return SCHEMES.find((scheme) => scheme === kept) ?? 'system';
}

/** Shows the page in a scheme, and remembers it. `tokens.css` has the colours of both. */
export function applyScheme(scheme: Scheme): void {
  document.documentElement.dataset.scheme = scheme;
  keep(browser, KEY, scheme === 'system' ? null : scheme);
}

/** Has `listener` called when the colours have changed. @returns how to end that. */
export function watchScheme(listener: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const chosen = new MutationObserver(listener);
  system.addEventListener('change', listener);
  chosen.observe(document.documentElement, { attributeFilter: ['data-scheme'] });
  return () => {
    system.removeEventListener('change', listener);
    chosen.disconnect();
  };
}
