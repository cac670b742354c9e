import { useFeedState } from '../data/feed/useFeed.ts';
import { useFollowed } from '../data/proof/useProof.ts';
import { useText } from '../i18n/language.ts';
import { exponent } from '../lib/power.ts';
import { share } from '../lib/share.ts';
import { Field } from '../ui/Field.tsx';
import { useNumbers } from '../ui/numbers.ts';
import { Connection } from './Connection.tsx';

/** The node in a few figures, and what the page itself has checked of its chain. */
export function Facts() {
  const t = useText();
  const { whole } = useNumbers();
  const node = useFeedState((state) => state.node);
  const figure = (value: number | undefined) => (value === undefined ? '…' : whole(value));
  return (
    <>
      <Connection />
      {node?.sync.state === 'SYNCING' && (
        <p className="syncing">{t.syncing(whole(node.tip.height), whole(node.sync.targetHeight))}</p>
      )}
      {node?.sync.unverified && <p className="syncing">{t.unverified(share(node.sync.unverified))}</p>}
      <dl className="facts">
        <Field name={t.network}>{node?.network.name ?? '…'}</Field>
        <Field name={t.height}>{figure(node?.tip.height)}</Field>
        <Field name={t.pendingPage}>{figure(node?.pool.count)}</Field>
      </dl>
      <Headers />
    </>
  );
}

function Headers() {
  const t = useText();
  const { whole } = useNumbers();
  const { followed, fault } = useFollowed();
  if (fault) {
    return (
      <p className="alarm" role="alert">
        {t.chainFault} <bdi>{fault.message}</bdi> ({fault.reason})
      </p>
    );
  }
  if (!followed) return null;
  return <p className="followed">{t.followed(whole(followed.height), exponent(followed.work))}</p>;
}
