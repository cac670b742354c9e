import { useLive } from '../../data/useLive.ts';
import { PeersDocument, type PeersQuery } from '../../generated/graphql.ts';
import { useText } from '../../i18n/language.ts';
import { Answer } from '../../ui/Answer.tsx';
import { useNumbers } from '../../ui/numbers.ts';
import { Table } from '../../ui/Table.tsx';
import { Time } from '../../ui/text/Time.tsx';
import { AddPeer, RemovePeer, Resync } from './PeerTools.tsx';

type Peer = PeersQuery['peers'][number];

/** The nodes that this one knows, and what its operator can do about them. */
export function Peers({ isOperator }: { isOperator: boolean }) {
  const t = useText();
  const result = useLive(PeersDocument, {}, 'clock');
  return (
    <section aria-label={t.peers}>
      <h2>{t.peers}</h2>
      <Answer result={result}>
        {({ peers, node: { peers: counts } }) => (
          <>
            <p className="hint">{t.peerCounts(counts.outgoing, counts.incoming, counts.known, counts.banned)}</p>
            {peers.length > 0 && <Known peers={peers} isOperator={isOperator} />}
          </>
        )}
      </Answer>
      {isOperator && (
        <div className="tools">
          <AddPeer />
          <Resync />
        </div>
      )}
    </section>
  );
}

function Known({ peers, isOperator }: { peers: readonly Peer[]; isOperator: boolean }) {
  const t = useText();
  const columns = [
    { name: t.address },
    { name: t.state },
    { name: t.height, isRoomy: true },
    { name: t.latency, isRoomy: true },
    { name: t.lastSeen, isRoomy: true },
  ];
  return (
    <Table caption={t.peers} columns={isOperator ? [...columns, { name: t.tools, isUnseen: true }] : columns}>
      <tbody>
        {peers.map((peer) => (
          <Row key={`${peer.url} ${peer.nodeId} ${peer.direction}`} peer={peer} isOperator={isOperator} />
        ))}
      </tbody>
    </Table>
  );
}

function Row({ peer, isOperator }: { peer: Peer; isOperator: boolean }) {
  const t = useText();
  const { whole } = useNumbers();
  const { url, nodeId, direction, state, height, latency, lastSeen, bannedUntil, remark, score } = peer;
  return (
    <tr>
      <th scope="row" className="address">
        <bdi>{url ?? (nodeId ? `${t.nodeOf} ${nodeId.slice(0, 8)}` : '…')}</bdi>
        {remark && <p className="about">{remark}</p>}
      </th>
      <td>
        {t.peerStates[state]} {direction === 'INCOMING' && t.incoming}
        {bannedUntil && (
          <>
            {' '}
            <Time at={bannedUntil} />
          </>
        )}
        {score > 0 && <p className="about">{t.score(score)}</p>}
      </td>
      <td className="roomy">{height === null ? '' : whole(height)}</td>
      <td className="roomy">{latency === null ? '' : t.milliseconds(latency)}</td>
      <td className="roomy">{lastSeen && <Time at={lastSeen} />}</td>
      {isOperator && <td>{url && <RemovePeer url={url} />}</td>}
    </tr>
  );
}
