import { lazy, type ReactNode, Suspense, useEffect } from 'react';
import { Route, Switch, useLocation } from 'wouter';
import { useSearch } from 'wouter/use-browser-location';
import { ROUTES } from '../../routes.ts';
import { FeedPage } from '../pages/feed/FeedPage.tsx';
import { NotFound } from '../pages/NotFound.tsx';
import { Boundary } from '../ui/Boundary.tsx';
import { Broken } from '../ui/Broken.tsx';
import { nameIn } from '../ui/paths.ts';

const AuthorPage = lazy(() => import('../pages/AuthorPage.tsx').then(({ AuthorPage }) => ({ default: AuthorPage })));
const TopicPage = lazy(() => import('../pages/TopicPage.tsx').then(({ TopicPage }) => ({ default: TopicPage })));
const PendingPage = lazy(() =>
  import('../pages/PendingPage.tsx').then(({ PendingPage }) => ({ default: PendingPage })),
);
const ThreadPage = lazy(() => import('../pages/ThreadPage.tsx').then(({ ThreadPage }) => ({ default: ThreadPage })));
const ChainPage = lazy(() => import('../pages/chain/ChainPage.tsx').then(({ ChainPage }) => ({ default: ChainPage })));
const BlockPage = lazy(() => import('../pages/chain/BlockPage.tsx').then(({ BlockPage }) => ({ default: BlockPage })));
const NodePage = lazy(() => import('../pages/node/NodePage.tsx').then(({ NodePage }) => ({ default: NodePage })));
const KeysPage = lazy(() => import('../pages/keys/KeysPage.tsx').then(({ KeysPage }) => ({ default: KeysPage })));
const SearchPage = lazy(() =>
  import('../pages/search/SearchPage.tsx').then(({ SearchPage }) => ({ default: SearchPage })),
);
const AuthorsPage = lazy(() =>
  import('../pages/lists/AuthorsPage.tsx').then(({ AuthorsPage }) => ({ default: AuthorsPage })),
);
const TopicsPage = lazy(() =>
  import('../pages/lists/TopicsPage.tsx').then(({ TopicsPage }) => ({ default: TopicsPage })),
);
const AnswersPage = lazy(() =>
  import('../pages/AnswersPage.tsx').then(({ AnswersPage }) => ({ default: AnswersPage })),
);
const CheckPage = lazy(() => import('../pages/check/CheckPage.tsx').then(({ CheckPage }) => ({ default: CheckPage })));
const WithholdingsPage = lazy(() =>
  import('../pages/WithholdingsPage.tsx').then(({ WithholdingsPage }) => ({ default: WithholdingsPage })),
);

/** The page of each address. */
export function Pages() {
  const [path] = useLocation();
  const search = useSearch();
  useTopOfNewPages(path);
  const named = (part: string | undefined, page: (name: string) => ReactNode) => {
    const name = nameIn(part, search);
    return name === '' ? <NotFound /> : page(name);
  };
  return (
    <Boundary key={path} instead={<Broken />}>
      <Suspense fallback={<p className="empty">…</p>}>
        <Switch>
          <Route path={ROUTES.feed} component={FeedPage} />
          <Route path={ROUTES.chain} component={ChainPage} />
          <Route path={ROUTES.pending} component={PendingPage} />
          <Route path={ROUTES.search} component={SearchPage} />
          <Route path={ROUTES.answers} component={AnswersPage} />
          <Route path={ROUTES.check} component={CheckPage} />
          <Route path={ROUTES.node} component={NodePage} />
          <Route path={ROUTES.keys} component={KeysPage} />
          <Route path={ROUTES.authors} component={AuthorsPage} />
          <Route path={ROUTES.topics} component={TopicsPage} />
          <Route path={ROUTES.withholdings} component={WithholdingsPage} />
          <Route path={ROUTES.post}>{({ id }) => <ThreadPage key={id} id={id.toLowerCase()} />}</Route>
          <Route path={ROUTES.block}>{({ id }) => <BlockPage key={id} id={id.toLowerCase()} />}</Route>
          <Route path={ROUTES.author}>
            {({ name }) => named(name, (author) => <AuthorPage key={author} name={author} />)}
          </Route>
          <Route path={ROUTES.topic}>
            {({ topic }) => named(topic, (name) => <TopicPage key={name} topic={name} />)}
          </Route>
          <Route component={NotFound} />
        </Switch>
      </Suspense>
    </Boundary>
  );
}

let isGoingBack = false;
addEventListener('popstate', () => {
  isGoingBack = true;
});

/** Begins a page that was followed to at its top, and one that was gone back to where it was left. The feed sees to itself. */
function useTopOfNewPages(path: string): void {
  useEffect(() => {
    if (!isGoingBack && path !== ROUTES.feed) scrollTo({ top: 0 });
    isGoingBack = false;
  }, [path]);
}
