import { type ReactNode, Suspense, useEffect } from 'react';
import { Route, Switch, useLocation } from 'wouter';
import { useSearch } from 'wouter/use-browser-location';
import { ROUTES } from '../../routes.ts';
import { lazily } from '../lib/lazily.ts';
import { FeedPage } from '../pages/feed/FeedPage.tsx';
import { NotFound } from '../pages/NotFound.tsx';
import { Boundary } from '../ui/Boundary.tsx';
import { Broken } from '../ui/Broken.tsx';
import { nameIn } from '../ui/paths.ts';

const AuthorPage = lazily(() => import('../pages/AuthorPage.tsx'), 'AuthorPage');
const TopicPage = lazily(() => import('../pages/TopicPage.tsx'), 'TopicPage');
const PendingPage = lazily(() => import('../pages/PendingPage.tsx'), 'PendingPage');
const ThreadPage = lazily(() => import('../pages/ThreadPage.tsx'), 'ThreadPage');
const ChainPage = lazily(() => import('../pages/chain/ChainPage.tsx'), 'ChainPage');
const BlockPage = lazily(() => import('../pages/chain/BlockPage.tsx'), 'BlockPage');
const NodePage = lazily(() => import('../pages/node/NodePage.tsx'), 'NodePage');
const KeysPage = lazily(() => import('../pages/keys/KeysPage.tsx'), 'KeysPage');
const SearchPage = lazily(() => import('../pages/search/SearchPage.tsx'), 'SearchPage');
const AuthorsPage = lazily(() => import('../pages/lists/AuthorsPage.tsx'), 'AuthorsPage');
const TopicsPage = lazily(() => import('../pages/lists/TopicsPage.tsx'), 'TopicsPage');
const AnswersPage = lazily(() => import('../pages/AnswersPage.tsx'), 'AnswersPage');
const CheckPage = lazily(() => import('../pages/check/CheckPage.tsx'), 'CheckPage');
const WithholdingsPage = lazily(() => import('../pages/WithholdingsPage.tsx'), 'WithholdingsPage');

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

/** Begins a page at its top when a link led there; going back keeps the place that was left. The feed sees to itself. */
function useTopOfNewPages(path: string): void {
  useEffect(() => {
    if (!isGoingBack && path !== ROUTES.feed) scrollTo({ top: 0 });
    isGoingBack = false;
  }, [path]);
}
