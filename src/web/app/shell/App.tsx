import { Router } from 'wouter';
import { useBrowserLocation } from 'wouter/use-browser-location';
import type { Feed } from '../data/feed/feed.ts';
import { FeedContext } from '../data/feed/useFeed.ts';
import type { Prover } from '../data/proof/prover.ts';
import { ProverContext } from '../data/proof/useProof.ts';
import { LanguageProvider } from '../i18n/LanguageProvider.tsx';
import { Pages } from './Pages.tsx';
import { Shell } from './Shell.tsx';

export function App({ feed, prover }: { feed: Feed; prover: Prover }) {
  return (
    <LanguageProvider>
      <FeedContext value={feed}>
        <ProverContext value={prover}>
          <Router hook={useRawLocation}>
            <Shell>
              <Pages />
            </Shell>
          </Router>
        </ProverContext>
      </FeedContext>
    </LanguageProvider>
  );
}

/** The router decodes paths with `decodeURI`, which confuses `%2F` with `%252F` in names. Doubled, every `%` survives. */
function useRawLocation(): ReturnType<typeof useBrowserLocation> {
  const [path, go] = useBrowserLocation();
  return [path.replaceAll('%', '%25'), go];
}
