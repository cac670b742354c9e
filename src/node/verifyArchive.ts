/** `stele archive --verify`: every rule over the copy, and the copy against the node. */
import { Upstream } from '../archive/upstream.ts';
import { auditChain } from '../chain/audit.ts';
import type { ArchiveReport } from '../cli/ports.ts';
import type { Node } from '../client/request.ts';
import { decisionCursor } from '../graphql/connection.ts';
import { verifySignature } from '../keyring/sodium.ts';
import { skeleton } from '../mempool/lookalike.ts';
import type { ArchiveOptions } from '../options/scale.ts';
import type { DecisionRecord, PostRecord } from '../store/ports.ts';
import { openCopy } from '../store/postgres/openCopy.ts';
import { upstreamNodes } from './upstreamNodes.ts';

/** Posts compared at once. */
const PAGE = 100;
/** Faults that are told. */
const MOST_FAULTS = 100;

/** @throws StoreError, UpstreamError */
export async function verifyArchive(
  options: ArchiveOptions,
  onProgress: (height: number, total: number) => void,
): Promise<ArchiveReport> {
  const { databaseUrl, genesis } = options;
  const copy = await openCopy({ url: databaseUrl, genesis: genesis.hash, skeletonOf: skeleton });
  const ended = new AbortController();
  const cursors = { readDecision: decisionCursor.decode };
  const upstream = new Upstream(upstreamNodes(options)[0] as Node, genesis.hash, cursors, ended.signal);
  try {
    await upstream.checkNetwork();
    const request = {
      store: copy.chain,
      genesis,
      verify: verifySignature,
      now: Math.floor(Date.now() / 1000),
      onProgress,
    };
    const audit = await auditChain(request);
    const faults = audit.faults.map(({ height, reason, message }) => `block ${height}  ${reason}  ${message}`);
    const status = await upstream.status();
    if (audit.tip.hash !== status.tip.hash)
      faults.push(`the tip here is ${audit.tip.hash}, and that of ${upstream.url} ${status.tip.hash}`);
    for await (const fault of differences(upstream, copy)) {
      faults.push(fault);
      if (faults.length >= MOST_FAULTS) break;
    }
    return { blocks: audit.blocks, transactions: audit.transactions, tip: audit.tip.hash, faults };
  } finally {
    ended.abort(new Error('the comparison is over'));
    await copy.close();
  }
}

type Copy = Awaited<ReturnType<typeof openCopy>>;

/** The chain commits to every statement, so what is left to compare is what travels beside it. */
async function* differences(upstream: Upstream, copy: Copy): AsyncGenerator<string> {
  yield* differentDecisions(upstream, copy);
  const [told, here] = [await upstream.pending(), await copy.pendingIds()];
  const missing = told.filter((id) => !here.includes(id));
  const odd = here.filter((id) => !told.includes(id));
  for (const id of missing) yield `post ${id} is pending at the node, and not here`;
  for (const id of odd) yield `post ${id} is pending here, and not at the node`;
  yield* differentContents(upstream, copy);
}

async function* differentDecisions(upstream: Upstream, { reader }: Copy): AsyncGenerator<string> {
  const told: DecisionRecord[] = [];
  for await (const decision of upstream.decisions()) told.push(decision);
  for (let i = 0, before: number | null = null; ; ) {
    const { items } = await reader.decisions({ limit: PAGE, fromEnd: false, after: before, before: null });
    for (const decision of items) {
      const at = told[i++];
      const isSame = at && at.seq === decision.seq && at.id === decision.id && at.action === decision.action;
      if (!isSame) yield `decision ${decision.seq} about ${decision.id} is not the node's`;
    }
    before = items.at(-1)?.seq ?? null;
    if (items.length < PAGE) {
      if (i < told.length) yield `${told.length - i} decisions of the node are not here`;
      return;
    }
  }
}

async function* differentContents(upstream: Upstream, { reader }: Copy): AsyncGenerator<string> {
  for (let after: PostRecord['place'] = null; ; ) {
    const range = { limit: PAGE, fromEnd: false, after, before: null };
    const { items }: { items: PostRecord[] } = await reader.posts({}, range, 'oldest-first');
    const told = new Map(
      (await upstream.posts(items.map(({ transaction }) => transaction.id))).map((post) => [post.id, post]),
    );
    for (const { transaction } of items) {
      const post = told.get(transaction.id);
      if (!post) yield `post ${transaction.id} is not at the node`;
      else if ((post.opening === null) !== (transaction.opening === null))
        yield `the content of post ${transaction.id} is ${post.opening ? 'not here' : 'served here, and not by the node'}`;
    }
    after = items.at(-1)?.place ?? null;
    if (items.length < PAGE) return;
  }
}
