/**
 * Has every post checked that is looked at, and the headers of the chain followed from its first block on. The node is
 * only asked for the evidence; the verdicts are the worker's.
 */
import pLimit from 'p-limit';
import { createStore } from 'zustand/vanilla';
import { GenesisDocument, HeadersDocument, ReceiptDocument } from '../../generated/graphql.ts';
import { ask } from '../api/client.ts';
import type { Post } from '../feed/board.ts';
import type { Feed } from '../feed/feed.ts';
import type { NodeStatus } from '../feed/feedState.ts';
import type { Fault, Followed, Shown, Verdict } from './bench.ts';
import { workbench } from './workbench.ts';

/** With so many headers to follow still, a receipt brings some of the work on top, and the rest is told later. */
const FAR_BEHIND = 10_000;
const RECEIPT_DEPTH = 100;
/** Verdicts that are kept. */
const MOST_VERDICTS = 1_000;

interface ProverState {
  readonly isStarted: boolean;
  /** Changes when everything has to be checked anew. */
  readonly generation: number;
  readonly chain: Chain;
}

export interface Chain {
  /** How far the headers were followed and checked; null before that. */
  followed: Pick<Followed, 'height' | 'hash' | 'work'> | null;
  /** The node gave a header that breaks a rule. */
  fault: Fault | null;
}

const NONE: Chain = { followed: null, fault: null };

/** Follows the headers of the chain and checks the posts that are shown. */
export class Prover {
  /** Tells of every verdict and of every header that was followed. */
  readonly store = createStore<ProverState>(() => ({ isStarted: false, generation: 0, chain: NONE }));
  readonly #feed: Feed;
  readonly #verdicts = new Map<string, Verdict | null>();
  readonly #slots = pLimit(4);
  #following: Promise<void> | null = null;
  #followedTip: string | null = null;
  #network: string | null = null;

  constructor(feed: Feed) {
    this.#feed = feed;
  }

  /** Begins: what was asked for before is checked now. */
  start(): void {
    this.store.setState({ isStarted: true });
    this.#feed.store.subscribe(() => this.#followTip());
    this.#followTip();
  }

  /** Undefined: not checked yet. */
  verdict(post: Post, block: string | null): Verdict | undefined {
    return this.#verdicts.get(keyOf(post, block)) ?? undefined;
  }

  /** Has a post checked, once; listeners hear of the verdict. */
  check(post: Post, block: string | null): void {
    const key = keyOf(post, block);
    if (!this.#state.isStarted || this.#verdicts.has(key)) return;
    this.#verdicts.set(key, null);
    void this.#slots(() => this.#check(post, block, key));
  }

  get #state(): ProverState {
    return this.store.getState();
  }

  get #tip(): string | undefined {
    return this.#feed.state.node?.tip.hash;
  }

  async #check(post: Post, block: string | null, key: string): Promise<void> {
    const { generation } = this.#state;
    const tip = this.#tip;
    const verdict = await this.#judge(post, block).catch(() => null);
    if (generation !== this.#state.generation) return;
    if (verdict) this.#verdicts.set(key, verdict);
    else this.#verdicts.delete(key);
    for (const oldest of this.#verdicts.keys()) {
      if (this.#verdicts.size <= MOST_VERDICTS) break;
      this.#verdicts.delete(oldest);
    }
    // Failed requests are repeated when the tip moves, or now if it moved meanwhile.
    if (verdict) this.store.setState({});
    else if (tip !== this.#tip) this.check(post, block);
  }

  /** @throws ApiError; null when the node did not give what is needed yet. */
  async #judge(post: Post, block: string | null): Promise<Verdict | null> {
    const { node } = this.#feed.state;
    if (!node) return null;
    const { genesis } = node.network;
    if (block === null) return workbench().checkPost(shownOf(post), genesis);
    while (this.#following && !this.#isFarBehind(node)) await this.#following;
    const depth = this.#isFarBehind(node) ? RECEIPT_DEPTH : 0;
    const { transaction } = await ask(ReceiptDocument, { id: post.id, depth });
    const receipt = transaction?.receipt;
    if (!receipt) return null;
    const judge = () => workbench().checkReceipt(shownOf(post), receipt, genesis);
    const verdict = await judge();
    if (depth > 0 || !isBeyond(verdict)) return verdict;
    // The block is newer than the headers that were followed.
    await this.#follow(node);
    const again = await judge();
    return isBeyond(again) ? null : again;
  }

  #isFarBehind({ height }: NodeStatus): boolean {
    return height - (this.#state.chain.followed?.height ?? 0) > FAR_BEHIND;
  }

  #followTip(): void {
    const { node } = this.#feed.state;
    if (!this.#state.isStarted || !node || this.#following || node.tip.hash === this.#followedTip) return;
    const { hash } = node.tip;
    this.#following = this.#follow(node).then(
      () => {
        this.#followedTip = hash;
        this.#following = null;
        // The tip may have moved meanwhile.
        this.#followTip();
      },
      // A failed check is tried again with the next tip.
      () => {
        this.#following = null;
      },
    );
  }

  async #follow(node: NodeStatus): Promise<void> {
    const { network } = node;
    if (this.#network !== network.genesis) this.#forget();
    this.#network = network.genesis;
    const first = (await ask(GenesisDocument, {})).block?.header ?? '';
    const fault = await workbench().found(network, first, network.genesis);
    if (fault) return this.#accuse(fault);
    for (let from: string | undefined; ; ) {
      const { headers } = await ask(HeadersDocument, { locator: await workbench().locator(from) });
      const answer = await workbench().follow([...headers]);
      if ('reason' in answer) return this.#accuse(answer);
      const wasFarBehind = this.#isFarBehind(node);
      // Posts on a losing branch, and the depths of all others, are judged anew.
      if (answer.detached > 0) this.#forget();
      this.store.setState({ chain: { followed: answer, fault: null } });
      // Verdicts from receipts alone are replaced by those from the whole chain.
      if (wasFarBehind && !this.#isFarBehind(node)) this.#judgeAnew();
      if (headers.length === 0) break;
      from = answer.last;
    }
  }

  #judgeAnew(): void {
    this.#verdicts.clear();
    this.store.setState(({ generation }) => ({ generation: generation + 1 }));
  }

  #forget(): void {
    this.store.setState({ chain: NONE });
    this.#judgeAnew();
  }

  /** The node gave something that breaks a rule. */
  #accuse(fault: Fault): void {
    this.store.setState(({ chain }) => ({ chain: { ...chain, fault } }));
  }
}

/** Whether a block is not among those of which the headers were followed. */
const isBeyond = (verdict: Verdict) => verdict.kind === 'proven' && verdict.height === null;

/** A withheld text that is given back makes another post of it, for the eye. */
const keyOf = ({ id, content }: Post, block: string | null) => `${id} ${block} ${content === null}`;

function shownOf(post: Post): Shown {
  const { id, author, publicKey, timestamp, topics, replyTo, supersedes, content, salt, signature, statement } = post;
  const signed = { author, publicKey, timestamp, topics: [...topics], replyTo, supersedes, content };
  return { id, ...signed, salt, signature, statement };
}
