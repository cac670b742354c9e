import { lazy, type ReactNode, Suspense, useEffect } from 'react';
import { Provider } from 'urql';
import { client } from '../data/api/client.ts';
import type { Feed } from '../data/feed/feed.ts';
import { FeedContext } from '../data/feed/useFeed.ts';
import type { Prover } from '../data/proof/prover.ts';
import { ProverContext } from '../data/proof/useProof.ts';
import { LanguageProvider } from '../i18n/LanguageProvider.tsx';
import { AuthorPage } from '../pages/AuthorPage.tsx';
import { FeedPage } from '../pages/feed/FeedPage.tsx';
import { NotFound } from '../pages/NotFound.tsx';
import { PendingPage } from '../pages/PendingPage.tsx';
import { SearchPage } from '../pages/SearchPage.tsx';
import { ThreadPage } from '../pages/ThreadPage.tsx';
import { TopicPage } from '../pages/TopicPage.tsx';
import { Boundary } from '../ui/Boundary.tsx';
import { Broken } from '../ui/Broken.tsx';
import { usePlace } from '../ui/paths.ts';
import { Shell } from './Shell.tsx';

const ChainPage = lazy(() => import('../pages/chain/ChainPage.tsx').then(({ ChainPage }) => ({ default: ChainPage })));
const BlockPage = lazy(() => import('../pages/chain/BlockPage.tsx').then(({ BlockPage }) => ({ default: BlockPage })));
const NodePage = lazy(() => import('../pages/node/NodePage.tsx').then(({ NodePage }) => ({ default: NodePage })));
const KeysPage = lazy(() => import('../pages/KeysPage.tsx').then(({ KeysPage }) => ({ default: KeysPage })));
const WithholdingsPage = lazy(() =>
  import('../pages/WithholdingsPage.tsx').then(({ WithholdingsPage }) => ({ default: WithholdingsPage })),
);

export function App({ feed, prover }: { feed: Feed; prover: Prover }) {
  return (
    <LanguageProvider>
      <Provider value={client}>
        <FeedContext value={feed}>
          <ProverContext value={prover}>
            <Shell>
              <Pages />
            </Shell>
          </ProverContext>
        </FeedContext>
      </Provider>
    </LanguageProvider>
  );
}

function Pages() {
  const { room, rest } = usePlace();
  useTopOfNewPages(`${room}/${rest}`);
  return (
    <Boundary key={`${room}/${rest}`} instead={<Broken />}>
      <Suspense fallback={<p className="empty">…</p>}>{pageOf(room, rest)}</Suspense>
    </Boundary>
  );
}

function pageOf(room: string, rest: string): ReactNode {
  if (rest === '') {
    if (room === '') return <FeedPage />;
    if (room === 'chain') return <ChainPage />;
    if (room === 'pending') return <PendingPage />;
    if (room === 'search') return <SearchPage />;
    if (room === 'node') return <NodePage />;
    if (room === 'keys') return <KeysPage />;
    if (room === 'withholdings') return <WithholdingsPage />;
    return <NotFound />;
  }
  if (room === 'post') return <ThreadPage key={rest} id={rest.toLowerCase()} />;
  if (room === 'author') return <AuthorPage key={rest} name={rest} />;
  if (room === 'topic') return <TopicPage key={rest} topic={rest} />;
  if (room === 'block') return <BlockPage key={rest} id={rest.toLowerCase()} />;
  return <NotFound />;
}

let isGoingBack = false;
addEventListener('popstate', () => {
  isGoingBack = true;
});

/** A page that was gone to begins at its top; one that was gone back to, where it was left. The feed sees to itself. */
function useTopOfNewPages(place: string): void {
  useEffect(() => {
    if (!isGoingBack && place !== '/') scrollTo({ top: 0 });
    isGoingBack = false;
  }, [place]);
}
