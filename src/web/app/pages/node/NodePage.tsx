import type { NodeStatus } from '../../data/feed/feedState.ts';
import { useFeedState } from '../../data/feed/useFeed.ts';
import { useText } from '../../i18n/language.ts';
import { share } from '../../lib/share.ts';
import { Field } from '../../ui/Field.tsx';
import { useNumbers } from '../../ui/numbers.ts';
import { OperatorCard } from '../../ui/OperatorCard.tsx';
import { Title } from '../../ui/Title.tsx';
import { Time } from '../../ui/text/Time.tsx';
import { Mining } from '../../write/Mining.tsx';
import { Peers } from './Peers.tsx';
import { Token } from './Token.tsx';

/** The node: how it is, which network it is of, and what its operator can do. */
export function NodePage() {
  const t = useText();
  const node = useFeedState((state) => state.node);
  return (
    <>
      <Title>{t.node}</Title>
      {node ? (
        <>
          <Standing node={node} />
          <RefusedBranch node={node} />
          <OperatorCard />
          {node.isOperator && <Mining node={node} />}
          <Peers isOperator={node.isOperator} />
          <Network node={node} />
          <Token isOperator={node.isOperator} />
        </>
      ) : (
        <p className="empty">{t.reading}</p>
      )}
    </>
  );
}

function Standing({ node: { sync, tip, uptime, version } }: { node: NodeStatus }) {
  const t = useText();
  const { whole } = useNumbers();
  return (
    <dl className="facts wide">
      <div>
        <dt>{t.sync}</dt>
        <dd>{sync.state === 'SYNCED' ? t.synced : t.syncing(whole(tip.height), whole(sync.targetHeight))}</dd>
        {sync.unverified && <dd>{t.unverified(share(sync.unverified))}</dd>}
      </div>
      <Field name={t.uptime}>{t.duration(uptime)}</Field>
      <Field name={t.version}>{version}</Field>
    </dl>
  );
}

/** The two branches between which the operator has to decide. */
function RefusedBranch({ node: { sync, tip } }: { node: NodeStatus }) {
  const t = useText();
  const { whole } = useNumbers();
  const { refusedBranch: theirs } = sync;
  if (!theirs) return null;
  return (
    <section className="alarm" role="alert">
      <p>{t.refusedBranch}</p>
      <p>{t.refusedFork(whole(theirs.forkHeight))}</p>
      <p>
        {t.refusedTheirs(whole(theirs.tipHeight), theirs.url)} <code>{theirs.tip}</code>
      </p>
      <p>
        {t.refusedOurs(whole(tip.height))} <code>{tip.hash}</code>
      </p>
      {theirs.reason === 'BRANCH_TOO_DEEP' && (
        <p>
          {t.refusedTake} <code>stele accept-branch {theirs.first}</code>
        </p>
      )}
    </section>
  );
}

function Network({ node: { network } }: { node: NodeStatus }) {
  const t = useText();
  return (
    <section>
      <h2>
        {t.network} {network.name}
      </h2>
      <dl className="fields">
        <Field name={t.genesis} about={t.about.genesis}>
          <code>{network.genesis}</code>
        </Field>
        <Field name={t.founded} about={<bdi>“{network.message}”</bdi>}>
          <Time at={network.time * 1000} exact />
        </Field>
        <Field name={t.rhythm} about={t.worth}>
          {network.retarget ? t.spacing(network.spacing) : t.noRetarget}
          <p className="about">{network.retarget ? t.about.spacing(network.halfLife) : t.about.noRetarget}</p>
        </Field>
      </dl>
    </section>
  );
}
