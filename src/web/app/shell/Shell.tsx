/** What stands around every page: the name of the place, the ways through it, and how the node is. */
import type { ReactNode } from 'react';
import { Link, useRoute } from 'wouter';
import { ROUTES } from '../../routes.ts';
import { useUnseen } from '../data/answers.ts';
import { useFeedState } from '../data/feed/useFeed.ts';
import { useNames } from '../data/keys/identities.ts';
import { LanguagePicker } from '../i18n/LanguagePicker.tsx';
import { useText } from '../i18n/language.ts';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { OperatorCard } from '../ui/OperatorCard.tsx';
import { feedPath } from '../ui/paths.ts';
import { SchemePicker } from '../ui/SchemePicker.tsx';
import { Core } from './Core.tsx';
import { DropZone } from './DropZone.tsx';
import { Facts } from './Facts.tsx';
import { LiveRegion } from './LiveRegion.tsx';
import { Shortcuts } from './Shortcuts.tsx';

export function Shell({ children }: { children: ReactNode }) {
  const t = useText();
  return (
    <>
      <a className="skip" href="#main">
        {t.skip}
      </a>
      <div className="slab">
        <header className="masthead">
          <Link href={ROUTES.feed} className="home" aria-label={t.home}>
            <svg className="wordmark" viewBox="-4 -3 365 106" aria-hidden="true" focusable="false">
              <use href="#wordmark" />
            </svg>
          </Link>
          <p className="motto">{t.motto}</p>
          <Ways />
        </header>
        <main id="main" tabIndex={-1}>
          {children}
        </main>
        <aside className="side" aria-label={t.aboutNode}>
          <Facts />
          <Core />
        </aside>
        <footer className="foot">
          <nav aria-label={t.elsewhere}>
            <Link href={ROUTES.authors}>{t.authors}</Link>
            <Link href={ROUTES.topics}>{t.topics}</Link>
            <Link href={ROUTES.check}>{t.checkFile}</Link>
            <Link href={ROUTES.withholdings}>{t.withholdings}</Link>
            <a href={feedPath('/')} type="application/atom+xml">
              {t.feedOfAll}
            </a>
            <a href="/graphql">{t.playground}</a>
            <a href="/metrics">{t.metrics}</a>
          </nav>
          <LanguagePicker />
          <SchemePicker />
          <OperatorCard />
          <Version />
        </footer>
      </div>
      <LiveRegion />
      <DropZone />
      <Shortcuts />
    </>
  );
}

function Ways() {
  const t = useText();
  const hasName = useNames().length > 0;
  const unseen = useUnseen();
  return (
    <nav className="ways" aria-label={t.ways}>
      <Way to={ROUTES.feed} icon="feed" name={t.feed} />
      {hasName && <Way to={ROUTES.answers} icon="answers" name={t.answers} count={unseen} />}
      <Way to={ROUTES.search} icon="search" name={t.search} />
      <Way to={ROUTES.chain} icon="chain" name={t.chain} />
      <Way to={ROUTES.pending} icon="pool" name={t.pendingPage} />
      <Way to={ROUTES.node} icon="node" name={t.node} />
      <Way to={ROUTES.keys} icon="key" name={t.keys} />
    </nav>
  );
}

function Way({ to, icon, name, count = 0 }: { to: string; icon: IconName; name: string; count?: number }) {
  const t = useText();
  const [isHere] = useRoute(to);
  return (
    <Link
      href={to}
      className="way"
      aria-current={isHere ? 'page' : undefined}
      onClick={() => {
        if (isHere) scrollTo({ top: 0 });
      }}
    >
      <Icon name={icon} />
      <span>{name}</span>
      {count > 0 && (
        <span className="count">
          {count} <span className="unseen-text">{t.newOnes}</span>
        </span>
      )}
    </Link>
  );
}

function Version() {
  const version = useFeedState(({ node }) => node?.version);
  return <p>Stele {version}</p>;
}
