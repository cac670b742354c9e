import { ask } from '../data/api/client.ts';
import type { NodeStatus } from '../data/feed/feedState.ts';
import { useFeedState } from '../data/feed/useFeed.ts';
import { MineDocument } from '../generated/graphql.ts';
import { useText } from '../i18n/language.ts';
import { Icon } from '../ui/Icon.tsx';
import { useNumbers } from '../ui/numbers.ts';
import { Outcome, useAction } from '../ui/Outcome.tsx';

const TIMEOUT = 60_000;

/** The operator's hand on the miner. */
export function Mining({ node }: { node: NodeStatus }) {
  const t = useText();
  return (
    <section className="corner" aria-label={t.mining}>
      <h2>{t.mining}</h2>
      <MineButton />
      {node.miner.automatic && <p className="hint">{t.minesItself}</p>}
      <Search node={node} />
      <p className="hint">{t.minerFacts(node.miner.threads, node.miner.kernel, node.miner.blocksFound)}</p>
    </section>
  );
}

/** For the pending page and the operator's corner. */
export function MineButton() {
  const t = useText();
  const count = useFeedState(({ node }) => node?.pool.count ?? 0);
  const { isBusy, start, said } = useAction(async () => {
    const { outcome, blocks } = (await ask(MineDocument, { input: { timeoutMs: TIMEOUT } })).mine;
    const height = blocks.at(-1)?.height;
    const text = outcome === 'MINED' && height !== undefined ? t.foundBlock(height) : t.mineOutcomes[outcome];
    return { text, isRefusal: false };
  }, t.searching);
  return (
    <div className="actions">
      {/* Not disabled while it searches, or it would lose the focus. */}
      <button type="button" className="main" aria-disabled={isBusy} onClick={() => void start()}>
        <Icon name="mine" />
        {t.mineBlock}
      </button>
      {count > 0 && <span className="hint">{t.waitingPosts(count)}</span>}
      <Outcome said={said} />
    </div>
  );
}

/** How the search that runs now is going. */
export function Search({ node: { miner, tip } }: { node: NodeStatus }) {
  const t = useText();
  const { compact } = useNumbers();
  const { active, attempts, hashRate, height } = miner;
  if (!active || height === null) return null;
  const expected = Number(2n ** 256n / (BigInt(`0x${tip.target}`) + 1n));
  return (
    <div className="miner">
      <p>{t.searchOf(height, compact(attempts), compact(hashRate), compact(expected))}</p>
      {/* Luck has no memory, so nothing runs full: the share of searches that are over by now. */}
      <progress max={1} value={1 - Math.exp(-attempts / expected)} aria-label={t.searchShare} />
    </div>
  );
}
