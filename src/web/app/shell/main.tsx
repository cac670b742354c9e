import '../style/page.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { startAnswers } from '../data/answers.ts';
import { takeTokenFromLink } from '../data/api/token.ts';
import { Feed } from '../data/feed/feed.ts';
import { startIdentities } from '../data/keys/identities.ts';
import { askToPersist } from '../data/keys/persistence.ts';
import { Prover } from '../data/proof/prover.ts';
import { noteVisits } from '../data/visit.ts';
import { applyScheme, readScheme } from '../lib/scheme.ts';
import { App } from './App.tsx';

applyScheme(readScheme());
takeTokenFromLink();
const feed = new Feed();
const prover = new Prover(feed);
// The worker and libsodium come when the posts are painted. Not every browser says when it is idle.
const whenIdle = globalThis.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 1));
void feed.start().then(() => whenIdle(() => prover.start(), { timeout: 1_000 }));
void startIdentities().then(() => startAnswers(feed));
noteVisits(feed);
void askToPersist(false).catch(() => {});

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <App feed={feed} prover={prover} />
  </StrictMode>,
);
