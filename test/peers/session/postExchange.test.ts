import { describe, expect, it } from 'vitest';
import type { VerifiedTransaction } from '../../../src/domain/transaction.ts';
import { pause } from '../../../src/peers/clock.ts';
import { LinkError, type PeerLink } from '../../../src/peers/ports.ts';
import { PostExchange } from '../../../src/peers/session/postExchange.ts';
import { makePost } from '../../support/chain.ts';
import { createMemoryStore } from '../../support/memoryStore.ts';
import { openPool } from '../../support/pool.ts';
import { createVirtualClock } from '../../support/virtualClock.ts';
import { peerWith } from '../fixtures.ts';

/** The post called `label`. */
const post = (label: string): VerifiedTransaction => makePost({ content: label });
const LABELS = ['a', 'b', 'c', 'd'];
const labelOf = (id: string): string => LABELS.find((label) => post(label).id === id) ?? id;
const idsOf = (labels: string): string[] => [...labels].map((label) => post(label).id);

/** A page of the peer's pool: `ab>` is followed by another, which begins behind b. `-` is a refusal. */
function pageOf(drawn: string) {
  if (drawn === '-') throw new LinkError('refused', 'the post at this cursor is not pending');
  const ids = idsOf(drawn.replace('>', ''));
  return { ids, next: drawn.endsWith('>') ? (ids.at(-1) ?? null) : null };
}

/** An exchange with a peer that answers from scripts, one entry for each call: `-` is a refusal. */
async function start(own: string, script: { pages?: string[]; posts?: string[]; submits?: string[] }) {
  const clock = createVirtualClock();
  const pool = await openPool(createMemoryStore(), clock.now);
  for (const label of own) await pool.add(post(label));
  const calls: string[] = [];
  const step = (call: string, answers: string[] | undefined) => {
    calls.push(call);
    return answers?.shift();
  };
  const link: PeerLink = peerWith([], {
    pending: async (after) => pageOf(step(after ? `pages behind ${labelOf(after)}` : 'pages', script.pages) ?? ''),
    async posts(ids) {
      const wanted = ids.map(labelOf).join('');
      if (step(`posts ${wanted}`, script.posts) === '-') throw new LinkError('refused', 'busy');
      return [...wanted].map(post);
    },
    async submit(posts) {
      const given = posts.map(({ id }) => labelOf(id)).join('');
      if (step(`submit ${given}`, script.submits) === '-') throw new LinkError('refused', 'busy');
    },
  });
  const asking = new Map<string, Promise<unknown>>();
  const faults: unknown[] = [];
  const exchange = new PostExchange(link, {
    ...{ pool, clock, asking },
    isSynced: () => true,
    onTaken: () => {},
    onFailed: (error) => faults.push(error),
  });
  async function share() {
    const shared = exchange.share().catch(() => {});
    await clock.advance(3_000);
    await shared;
  }
  const held = () =>
    Array.from(pool.ranked(), ({ transaction }) => labelOf(transaction.id))
      .sort()
      .join('');
  /** Another peer gives a post, after a while. */
  const given = (label: string) => pause(clock, 1_000).then(() => pool.add(post(label)));
  return { exchange, asking, calls, share, held, given };
}

describe('two pools that are compared', () => {
  it('hold the same posts in the end', async () => {
    const { calls, share, held, exchange } = await start('ab', { pages: ['bc>', 'd'] });
    await share();
    expect(calls).toEqual(['pages', 'pages behind c', 'posts cd', 'submit a']);
    expect([held(), exchange.isUneven]).toEqual(['abcd', false]);
  });

  it('are read again from the first page when the post before the next one is mined meanwhile', async () => {
    const { calls, share, held, exchange } = await start('', { pages: ['ab>', '-', 'cd'] });
    await share();
    expect(calls).toEqual(['pages', 'pages behind b', 'pages', 'posts abcd']);
    expect([held(), exchange.isUneven]).toEqual(['abcd', false]);
  });

  it.each([
    ['whose peer is busy', { pages: ['-', 'ab'] }],
    ['of which one post is not given', { pages: ['ab', 'ab'], posts: ['-'] }],
    ['of which one post is not taken', { pages: ['b', 'b'], submits: ['-'] }],
  ])('%s are uneven, until they are compared again', async (_, script) => {
    const { share, held, exchange } = await start('a', script);
    await share();
    expect(exchange.isUneven).toBe(true);
    await share();
    expect([held(), exchange.isUneven]).toEqual(['ab', false]);
  });

  it('are not delayed by another peer that was asked for a post and does not give it', async () => {
    const { asking, share, held, exchange, calls } = await start('', { pages: ['ab'] });
    for (const id of idsOf('a')) asking.set(id, new Promise(() => {}));
    await share();
    expect([held(), exchange.isUneven]).toEqual(['ab', false]);
    expect(calls).toEqual(['pages', 'posts ab']);
  });

  it('do not ask for what another peer gives meanwhile', async () => {
    const { asking, calls, share, held, given } = await start('', { pages: ['ab'] });
    for (const id of idsOf('a')) asking.set(id, given('a'));
    await share();
    expect([calls, held()]).toEqual([['pages', 'posts b'], 'ab']);
  });
});

describe('a post that could not be sent', () => {
  it('is sent the next time', async () => {
    const { calls, share } = await start('a', { submits: ['-'] });
    await share();
    await share();
    expect(calls.filter((call) => call.startsWith('submit'))).toEqual(['submit a', 'submit a']);
  });
});
