/** Names that outlive their keys, and versions of posts, as the API tells them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { successorOf } from '../../src/domain/names.ts';
import { transactionToWire } from '../../src/domain/transaction.ts';
import { makeKey, makePost, type PostOptions } from '../support/chain.ts';
import { startTestNode, type TestNode } from './fixture.ts';

const SUBMIT = `mutation ($input: TransactionInput!) {
  submitTransaction(input: $input) { transaction { id } status { state reason } }
}`;
const AUTHOR = `query ($name: String, $publicKey: Hexadecimal, $first: PositiveInt, $skip: NonNegativeInt = 0) {
  author(name: $name, publicKey: $publicKey) {
    publicKey successor keyCount since { height }
    keys(first: $first, skip: $skip) { publicKey successor since { height } until { height } post { content } }
  }
}`;
const VERSIONS = `query ($id: Hexadecimal!) {
  transaction(id: $id) { supersedes supersededBy { content } versions { content } }
}`;
const LATEST = '{ transactions(filter: { author: "vera", latestOnly: true }) { totalCount nodes { content } } }';

let node: TestNode;
beforeAll(async () => {
  node = await startTestNode();
});
afterAll(() => node.dispose());

async function submit(options: PostOptions): Promise<string> {
  const { statement, ...rest } = transactionToWire(makePost(options));
  const { version, network, ...fields } = statement;
  const answer = await node.ask(SUBMIT, { input: { ...rest, statement: { version, network, ...fields } } });
  const { status, transaction } = answer.data.submitTransaction;
  return transaction?.id ?? status.reason;
}

const mine = () => node.ask('mutation { mine(input: { allowEmpty: true }) { outcome } }');

describe('an author', () => {
  it('has the keys that the name has had, newest first', async () => {
    const [daily, heir] = [makeKey('zoe'), makeKey('heir of zoe')];
    const successor = successorOf(heir.publicKey);
    await submit({ author: 'zoe', content: 'first', successor });
    await mine();
    expect(await submit({ author: 'zoe', content: 'stolen', key: makeKey('thief') })).toBe('NAME_TAKEN');
    await submit({ author: 'zoe', content: 'taken over', key: heir });
    await mine();
    expect(await submit({ author: 'zoe', content: 'too late' })).toBe('NAME_TAKEN');
    const { author } = (await node.ask(AUTHOR, { name: 'zoe' })).data;
    expect(author).toEqual({
      publicKey: heir.publicKey,
      successor: null,
      keyCount: 2,
      since: { height: 1 },
      keys: [
        {
          publicKey: heir.publicKey,
          successor: null,
          since: { height: 2 },
          until: null,
          post: { content: 'taken over' },
        },
        {
          publicKey: daily.publicKey,
          successor,
          since: { height: 1 },
          until: { height: 2 },
          post: { content: 'first' },
        },
      ],
    });
    const old = await node.ask(AUTHOR, { publicKey: daily.publicKey, first: 1, skip: 1 });
    expect(old.data.author).toMatchObject({ publicKey: heir.publicKey, keys: [{ publicKey: daily.publicKey }] });
    const many = await node.ask(AUTHOR, { name: 'zoe', first: 1_000 });
    expect(many.errors?.[0]?.extensions.code).toBe('PAGE_TOO_LARGE');
  });
});

describe('a new version', () => {
  it('replaces the one before when it is by the same name, and nothing is hidden', async () => {
    const first = await submit({ author: 'vera', content: 'frist' });
    const second = await submit({ author: 'vera', content: 'first', supersedes: first });
    await submit({ author: 'walt', content: 'worst', supersedes: first });
    await mine();
    const both = [{ content: 'frist' }, { content: 'first' }];
    const replaced = { supersedes: null, supersededBy: { content: 'first' }, versions: both };
    expect((await node.ask(VERSIONS, { id: first })).data.transaction).toEqual(replaced);
    const latest = { supersedes: first, supersededBy: null, versions: both };
    expect((await node.ask(VERSIONS, { id: second })).data.transaction).toEqual(latest);
    expect((await node.ask(LATEST)).data.transactions).toEqual({ totalCount: 1, nodes: [{ content: 'first' }] });
  });

  it('is posted by the operator', async () => {
    const POST = `mutation ($input: PostInput!) {
      post(input: $input) { isRecoveryHere transaction { id successor supersedes } status { reason } }
    }`;
    const { post } = (await node.ask(POST, { input: { author: 'opal', content: 'one' } })).data;
    expect(post).toMatchObject({ isRecoveryHere: true, transaction: { successor: expect.any(String) } });
    const again = { author: 'opal', content: 'two', supersedes: post.transaction.id };
    expect((await node.ask(POST, { input: again })).data.post.transaction).toMatchObject({
      // The same in every post, since any of them may be the first on the chain.
      successor: post.transaction.successor,
      supersedes: post.transaction.id,
    });
  });
});

it('the pool reports the work that it asks for under a name', async () => {
  const answer = await node.ask('{ node { pool { minimumWork new: minimumWork(kind: NEW_NAME) } } }');
  expect(answer.data.node.pool).toEqual({ minimumWork: 0, new: 0 });
});
