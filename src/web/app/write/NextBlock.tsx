import type { NodeStatus } from '../data/feed/feedState.ts';
import { useFeedState } from '../data/feed/useFeed.ts';
import type { Text } from '../i18n/en.ts';
import { useText } from '../i18n/language.ts';
import { OperatorCard } from '../ui/OperatorCard.tsx';

/** When the next block may come, and who makes it: what a visitor waits for. */
export function NextBlock() {
  const t = useText();
  const node = useFeedState((state) => state.node);
  if (!node) return null;
  const { miner, sync, peers } = node;
  const isStranded = !miner.automatic && !miner.active && peers.outgoing + peers.incoming === 0;
  return (
    <div className="next-block">
      <p>{sync.state === 'SYNCING' ? t.nextSyncing : isStranded ? t.nextNobody : textOf(node, t)}</p>
      {isStranded && !node.isOperator && <OperatorCard />}
    </div>
  );
}

function textOf({ miner, tip, network }: NodeStatus, t: Text): string {
  if (miner.active && miner.hashRate > 0) {
    const expected = Number(2n ** 256n / (BigInt(`0x${tip.target}`) + 1n));
    return t.nextSearching(t.duration(Math.max(1, Math.round(expected / miner.hashRate))));
  }
  if (miner.automatic) return t.nextAutomatic;
  return t.nextOthers(network.retarget ? t.duration(network.spacing) : null);
}
