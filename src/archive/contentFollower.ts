/** Keeps contents as a node has them: what its operator decides of them, and those that come after their posts. */
import type { DecisionRecord } from '../store/ports.ts';
import type { ArchiveDependencies } from './ports.ts';
import type { Upstream, UpstreamStatus } from './upstream.ts';

/** Contents asked for at once. */
const PAGE = 100;

/** Takes over contents that come after their posts, and the operator's decisions. */
export class ContentFollower {
  readonly #dependencies: ArchiveDependencies;

  constructor(dependencies: ArchiveDependencies) {
    this.#dependencies = dependencies;
  }

  /** Follows until the node cannot be followed any more. */
  async follow(upstream: Upstream): Promise<never> {
    for (;;) {
      for await (const post of upstream.revelations()) await this.#dependencies.chain.reveal([post]);
      await this.fetchMissing(upstream);
    }
  }

  /** Takes over the node's decisions, when they are not those that are here. */
  async takeDecisions(upstream: Upstream, { decisions }: UpstreamStatus): Promise<void> {
    const { store } = this.#dependencies;
    const { latest, count } = await store.decisions.head();
    if (decisions.head === (latest?.seq ?? null) && decisions.count === count) return;
    const newer: DecisionRecord[] = [];
    let isContinued = latest === null;
    for await (const decision of upstream.decisions()) {
      if (latest !== null && isSame(decision, latest)) {
        isContinued = true;
        break;
      }
      newer.unshift(decision);
    }
    // The archive may follow another node now, whose operator has decided otherwise.
    if (isContinued && count + newer.length === decisions.count) await store.decisions.add(newer);
    else await store.decisions.replace(await readAll(upstream));
    await this.fetchMissing(upstream);
  }

  /** Asks for contents that are missing here. Those that the node does not have either stay so. */
  async fetchMissing(upstream: Upstream): Promise<void> {
    const { chain, store } = this.#dependencies;
    for (let before: number | null = null; ; ) {
      const page: { ids: string[]; next: number | null } = await store.missing(before, PAGE);
      const posts = await upstream.posts(page.ids);
      const open = posts.filter(({ opening }) => opening !== null);
      if (open.length > 0) await chain.reveal(open);
      if (page.next === null) return;
      before = page.next;
    }
  }
}

async function readAll(upstream: Upstream): Promise<DecisionRecord[]> {
  const all: DecisionRecord[] = [];
  for await (const decision of upstream.decisions()) all.push(decision);
  return all.reverse();
}

function isSame(one: DecisionRecord, other: DecisionRecord): boolean {
  return (
    one.seq === other.seq &&
    one.id === other.id &&
    one.action === other.action &&
    one.reason === other.reason &&
    one.at === other.at
  );
}
