import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { headerToHex } from '../../src/domain/header.ts';
import { transactionToWire } from '../../src/domain/transaction.ts';
import { makeKey, makePost, mineBlock } from '../support/chain.ts';
import { codeOf, newStranger, OPERATOR, STRANGER, startTestNode, type TestNode } from './fixture.ts';

const POST = `mutation ($input: PostInput!) {
  post(input: $input) { transaction { id author content topics replyTo } status { state reason message } }
}`;
const SUBMIT = `mutation ($input: TransactionInput!) {
  submitTransaction(input: $input) { transaction { id } status { transactionId state reason message } }
}`;
const CHECK = `query ($input: TransactionInput!) {
  checkTransaction(input: $input) { valid transactionId work size status { state reason message } }
}`;
const MINE = 'mutation ($input: MineInput) { mine(input: $input) { outcome blocks { hash height transactionCount } } }';
const ADD_BLOCK = `mutation ($input: AddBlockInput!) {
  addBlock(input: $input) { outcome reason message missing block { hash height isOnBestChain } }
}`;

let node: TestNode;
beforeAll(async () => {
  node = await startTestNode();
});
afterAll(() => node.dispose());

describe('a post from the keyboard to the chain', () => {
  it('is pending, then mined, then found by every query', async () => {
    const input = { author: 'Ada', content: 'Cut in stone.', topics: ['first', 'stone'] };
    const posted = await node.ask(POST, { input });
    const { transaction, status } = posted.data.post;
    expect(status).toEqual({ state: 'PENDING', reason: null, message: null });
    expect(transaction).toMatchObject({
      author: 'Ada',
      content: 'Cut in stone.',
      topics: ['first', 'stone'],
      replyTo: null,
    });

    const pending = await node.ask('{ pendingTransactions { totalCount edges { cursor node { id work } } } }');
    expect(pending.data.pendingTransactions).toMatchObject({
      totalCount: 1,
      edges: [{ node: { id: transaction.id } }],
    });

    const mined = await node.ask(MINE);
    expect(mined.data.mine).toMatchObject({ outcome: 'MINED', blocks: [{ height: 1, transactionCount: 1 }] });

    const found = await node.ask(
      `query ($id: Hexadecimal!) {
        node { height tip { hash } pool { count } miner { active blocksFound threads } isOperator }
        chain { totalCount nodes { height hash confirmations isOnBestChain previousBlock { height } } }
        block(height: 1) { transactions { totalCount nodes { id } } header target difficulty chainWork time size }
        transactions(filter: { author: "Ada", topic: "stone", text: "CUT IN" }) { totalCount nodes { id position block { height } } }
        transaction(id: $id) { id statement signature salt status { state confirmations block { height } } replies { totalCount } }
        transactionStatus(id: $id) { state confirmations }
        author(name: "Ada") { name publicKey since { height } posts { totalCount } }
      }`,
      { id: transaction.id },
    );
    expect(found.errors).toBeUndefined();
    const { data } = found;
    expect(data.node).toMatchObject({ height: 1, pool: { count: 0 }, isOperator: true });
    expect(data.node.miner).toMatchObject({ active: false, blocksFound: 1, threads: 1 });
    expect(data.chain.nodes.map(({ height }: { height: number }) => height)).toEqual([1, 0]);
    expect(data.chain.nodes[0]).toMatchObject({ confirmations: 1, isOnBestChain: true, previousBlock: { height: 0 } });
    expect(data.block.transactions).toEqual({ totalCount: 1, nodes: [{ id: transaction.id }] });
    expect(data.transactions).toEqual({
      totalCount: 1,
      nodes: [{ id: transaction.id, position: 0, block: { height: 1 } }],
    });
    expect(data.transaction.status).toEqual({ state: 'INCLUDED', confirmations: 1, block: { height: 1 } });
    expect(JSON.parse(data.transaction.statement)).toMatchObject({ author: 'Ada', size: 13 });
    expect(data.author).toMatchObject({ name: 'Ada', since: { height: 1 }, posts: { totalCount: 1 } });
  });

  it('mine reports that there is nothing to mine', async () => {
    expect((await node.ask(MINE)).data.mine).toEqual({ outcome: 'NOTHING_TO_MINE', blocks: [] });
  });

  it('mine makes empty blocks when asked to', async () => {
    const answer = await node.ask(MINE, { input: { blocks: 2, allowEmpty: true } });
    expect(
      answer.data.mine.blocks.map(({ transactionCount }: { transactionCount: number }) => transactionCount),
    ).toEqual([0, 0]);
  });

  it('many calls of mine at once share one job', async () => {
    const before = node.chain.tip.height;
    await node.ask(POST, { input: { author: 'Ada', content: 'for all callers' } });
    const answers = await Promise.all(Array.from({ length: 8 }, () => node.ask(MINE)));
    const outcomes = answers.map(({ data }) => data.mine.outcome);
    expect(new Set(outcomes)).toEqual(new Set(['MINED']));
    expect(node.chain.tip.height).toBe(before + 1);
  });
});

describe('a post signed elsewhere', () => {
  it('is accepted once, however often it is sent', async () => {
    const post = makePost({ author: 'Grace', content: 'signed elsewhere' });
    const input = transactionToWire(post);
    const answers = await Promise.all([node.ask(SUBMIT, { input }, STRANGER), node.ask(SUBMIT, { input }, STRANGER)]);
    for (const { data } of answers)
      expect(data.submitTransaction).toMatchObject({ transaction: { id: post.id }, status: { state: 'PENDING' } });
    await node.ask(MINE);
    const again = await node.ask(SUBMIT, { input }, STRANGER);
    expect(again.data.submitTransaction).toMatchObject({ transaction: { id: post.id }, status: { state: 'INCLUDED' } });
  });

  it.each([
    ['a name that belongs to another key', { author: 'Grace', key: 'Mallory' }, {}, 'NAME_TAKEN'],
    ['a name that looks like another', { author: 'GRACE' }, {}, 'NAME_LOOKALIKE'],
    ['a name of letters that look like others', { author: 'Grасe' }, {}, 'NAME_MIXED_SCRIPTS'],
    ['a name that hides something', { author: 'Hop\u200bper' }, {}, 'NAME_UNREADABLE'],
    ['a text that shows nothing', { content: ' \n' }, {}, 'CONTENT_BLANK'],
    ['another network', { network: 'ab'.repeat(32) }, {}, 'WRONG_NETWORK'],
    ['a time far ahead', { timestamp: Date.now() + 3_600_000 }, {}, 'TIMESTAMP_AHEAD'],
    ['a changed content', {}, { content: 'hellO' }, 'CONTENT_MISMATCH'],
    ['a lone surrogate', {}, { content: 'hell\ud800' }, 'CONTENT_MALFORMED'],
    ['a short signature', {}, { signature: 'ab' }, 'SIGNATURE_MALFORMED'],
    ['another signature', {}, { signature: '00'.repeat(64) }, 'SIGNATURE_INVALID'],
    ['an upper-case signature', {}, { signature: 'AB'.repeat(64) }, 'SIGNATURE_MALFORMED'],
  ])('with %s is refused with a reason', async (_, options, change, reason) => {
    const { key, ...rest } = { author: 'Hopper', key: undefined, ...options } as { author: string; key?: string };
    const post = makePost({ ...rest, ...(key ? { key: makeKey(key) } : {}) });
    const input = { ...transactionToWire(post), ...change };
    const before = await node.ask('{ node { height pool { count } } }');
    for (const query of [SUBMIT, CHECK]) {
      const { data, errors } = await node.ask(query, { input }, STRANGER);
      expect(errors).toBeUndefined();
      const { status } = data.submitTransaction ?? data.checkTransaction;
      expect(status).toMatchObject({ state: 'REJECTED', reason });
      expect(status.message).not.toBe('');
    }
    expect(await node.ask('{ node { height pool { count } } }')).toEqual(before);
  });

  it.each([
    ['publicKey', 'ab', 'PUBLIC_KEY_MALFORMED'],
    ['version', 2, 'VERSION_UNKNOWN'],
    ['timestamp', -1, 'TIMESTAMP_INVALID'],
    ['size', 0, 'SIZE_INVALID'],
    ['size', 16_385, 'SIZE_INVALID'],
    ['stamp', 2 ** 32, 'STAMP_INVALID'],
    ['topics', ['twice', 'twice'], 'TOPICS_INVALID'],
    ['author', '', 'AUTHOR_INVALID'],
    ['author', 'nul\u0000', 'AUTHOR_INVALID'],
    ['author', 'x'.repeat(65), 'AUTHOR_INVALID'],
    ['replyTo', 'ab', 'REPLY_TO_MALFORMED'],
    ['commitment', 'ab', 'COMMITMENT_MALFORMED'],
  ])('whose %s is %j is refused with a reason', async (field, value, reason) => {
    const wire = transactionToWire(makePost({ author: 'Hopper' }));
    const input = { ...wire, statement: { ...wire.statement, [field]: value } };
    const { data } = await node.ask(SUBMIT, { input }, STRANGER);
    expect(data.submitTransaction.status).toMatchObject({ state: 'REJECTED', reason });
  });

  it('with a number beyond 2^53 is a user error', async () => {
    const wire = transactionToWire(makePost({ author: 'Hopper' }));
    const body = JSON.stringify({ query: SUBMIT, variables: { input: wire } });
    const response = await node.send(body.replace(String(wire.statement.timestamp), '9007199254740993'));
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  it('can be checked without being kept', async () => {
    const post = makePost({ author: 'Dry', content: 'run' });
    const { data } = await node.ask(CHECK, { input: transactionToWire(post) }, STRANGER);
    expect(data.checkTransaction).toMatchObject({ valid: true, transactionId: post.id, status: { state: 'PENDING' } });
    expect(node.pool.get(post.id)).toBeUndefined();
  });
});

describe('a block that another program mined', () => {
  const child = (posts: Parameters<typeof mineBlock>[1] = []) =>
    mineBlock(node.chain.tip, posts, { time: Math.max(node.chain.tip.header.time + 1, Math.floor(Date.now() / 1000)) });

  it('is answered with the ids that are missing, and accepted when their posts are sent', async () => {
    const posts = ['one', 'two'].map((content) => makePost({ author: 'Turing', content }));
    const [pending, unknown] = posts as [(typeof posts)[0], (typeof posts)[0]];
    await node.ask(SUBMIT, { input: transactionToWire(pending) });
    const { block } = child(posts);
    const compact = { header: headerToHex(block.header), transactionIds: posts.map(({ id }) => id) };
    const first = await node.ask(ADD_BLOCK, { input: compact }, STRANGER);
    expect(first.data.addBlock).toMatchObject({ outcome: 'MISSING_TRANSACTIONS', missing: [unknown.id], block: null });
    const second = await node.ask(
      ADD_BLOCK,
      { input: { ...compact, transactions: [transactionToWire(unknown)] } },
      STRANGER,
    );
    expect(second.data.addBlock).toMatchObject({
      outcome: 'ACCEPTED',
      block: { hash: block.hash, isOnBestChain: true },
    });
    const third = await node.ask(ADD_BLOCK, { input: compact }, STRANGER);
    expect(third.data.addBlock).toMatchObject({ outcome: 'DUPLICATE' });
    expect(node.pool.get(pending.id)).toBeUndefined();
  });

  it('beside the best chain is kept as a side branch, and an orphan waits', async () => {
    const fork = node.chain.tip;
    await node.ask(MINE, { input: { allowEmpty: true } });
    const side = mineBlock(fork, [], { time: fork.header.time + 77 });
    const answer = await node.ask(ADD_BLOCK, { input: { header: headerToHex(side.block.header), transactionIds: [] } });
    expect(answer.data.addBlock).toMatchObject({ outcome: 'SIDE_BRANCH', block: { isOnBestChain: false } });
    const above = mineBlock(mineBlock(side.entry, []).entry, []);
    const orphan = await node.ask(ADD_BLOCK, {
      input: { header: headerToHex(above.block.header), transactionIds: [] },
    });
    expect(orphan.data.addBlock).toMatchObject({ outcome: 'ORPHAN' });
  });

  it.each([
    ['79 bytes', () => ({ header: headerToHex(child().block.header).slice(2) }), 'HEADER_MALFORMED'],
    ['81 bytes', () => ({ header: `${headerToHex(child().block.header)}00` }), 'HEADER_MALFORMED'],
    ['no work', () => ({ header: `${'ff'.repeat(72)}ffff001dffffffff` }), 'PROOF_OF_WORK_INSUFFICIENT'],
    ['bits of no target', () => ({ header: `${'00'.repeat(72)}0000000000000000` }), 'BITS_INVALID'],
    [
      'a body for another header',
      () => ({ header: headerToHex(child().block.header), transactionIds: ['ab'.repeat(32)] }),
      'MERKLE_ROOT_MISMATCH',
    ],
    ['a doubled pair', () => doubled(), 'MERKLE_TREE_MUTATED'],
    [
      'a time too old',
      () => ({ header: headerToHex(mineBlock(node.chain.tip, [], { time: 1 }).block.header) }),
      'TIME_TOO_OLD',
    ],
    [
      'a time too new',
      () => ({
        header: headerToHex(
          mineBlock(node.chain.tip, [], { time: Math.floor(Date.now() / 1000) + 3_600 }).block.header,
        ),
      }),
      'TIME_TOO_NEW',
    ],
    [
      '5,001 ids',
      () => ({
        header: headerToHex(child().block.header),
        transactionIds: Array.from({ length: 5_001 }, (_, i) => i.toString(16).padStart(64, '0')),
      }),
      'TOO_MANY_TRANSACTIONS',
    ],
  ])('with %s is rejected with a reason and changes nothing', async (_, make, reason) => {
    const before = node.chain.tip;
    const { data, errors } = await node.ask(ADD_BLOCK, { input: { transactionIds: [], ...make() } }, newStranger());
    expect(errors).toBeUndefined();
    expect(data.addBlock).toMatchObject({ outcome: 'REJECTED', reason, block: null });
    expect(node.chain.tip).toBe(before);
  });

  function doubled() {
    const posts = ['a', 'b', 'c'].map((content) => makePost({ author: 'Turing', content }));
    const { block } = child(posts);
    const ids = posts.map(({ id }) => id);
    return { header: headerToHex(block.header), transactionIds: [...ids, ids[2]] };
  }
});

describe('the operator', () => {
  it.each([
    'post(input: { author: "A", content: "b" }) { status { state } }',
    'mine { outcome }',
    'withhold(input: { id: "ab", reason: "x" }) { transaction { id } }',
    'restore(input: { id: "ab" }) { transaction { id } }',
  ])('alone may %s', async (mutation) => {
    const answer = await node.ask(`mutation { ${mutation} }`, {}, STRANGER);
    expect(codeOf(answer)).toBe('OPERATOR_ONLY');
  });

  it('withholds a content, which everyone sees, and restores it', async () => {
    const { data } = await node.ask(POST, { input: { author: 'Ada', content: 'to be withheld' } });
    const { id } = data.post.transaction;
    await node.ask(MINE);
    const withhold =
      'mutation ($id: Hexadecimal!, $erase: Boolean) { withhold(input: { id: $id, reason: "court order 7", erase: $erase }) { transaction { content } } }';
    expect((await node.ask(withhold, { id, erase: true })).data.withhold.transaction.content).toBeNull();
    const shown = await node.ask(
      'query ($id: Hexadecimal!) { transaction(id: $id) { content salt withheld { reason erased } status { state } } }',
      { id },
      STRANGER,
    );
    expect(shown.data.transaction).toEqual({
      content: null,
      salt: null,
      withheld: { reason: 'court order 7', erased: true },
      status: { state: 'INCLUDED' },
    });
    const found = await node.ask('{ transactions(filter: { text: "to be withheld" }) { totalCount } }');
    expect(found.data.transactions.totalCount).toBe(0);
    const restore =
      'mutation ($input: RestoreInput!) { restore(input: $input) { transaction { content withheld { reason } } } }';
    expect(codeOf(await node.ask(restore, { input: { id } }))).toBe('CONTENT_NEEDED');
    expect(codeOf(await node.ask(restore, { input: { id, content: 'other', salt: '00'.repeat(16) } }))).toBe(
      'CONTENT_MISMATCH',
    );
  });
});

describe('pages', () => {
  it('go through the chain in both orders without gap or repeat', async () => {
    await node.ask(MINE, { input: { blocks: 7, allowEmpty: true } });
    const total = node.chain.tip.height + 1;
    for (const order of ['NEWEST_FIRST', 'OLDEST_FIRST']) {
      const seen: number[] = [];
      let after: string | null = null;
      do {
        const { data } = await node.ask(
          'query ($after: String, $order: ChainOrder!) { chain(first: 3, after: $after, order: $order) { nodes { height } pageInfo { endCursor hasNextPage hasPreviousPage } } }',
          { after, order },
        );
        seen.push(...data.chain.nodes.map(({ height }: { height: number }) => height));
        after = data.chain.pageInfo.hasNextPage ? data.chain.pageInfo.endCursor : null;
      } while (after);
      const oldest = Array.from({ length: total }, (_, height) => height);
      expect(seen).toEqual(order === 'OLDEST_FIRST' ? oldest : oldest.reverse());
    }
  });

  it('beside the tip are read after it, so that one can follow the chain from there', async () => {
    const reads: string[] = [];
    const { reader } = node.store;
    const { blocks, posts } = reader;
    vi.spyOn(reader, 'blocks').mockImplementation((...args) => {
      reads.push('blocks');
      return blocks(...args);
    });
    vi.spyOn(reader, 'posts').mockImplementation((...args) => {
      reads.push('posts');
      return posts(...args);
    });
    const { errors } = await node.ask('{ chain(first: 1) { edges { cursor } } transactions { nodes { id } } }');
    vi.restoreAllMocks();
    expect(errors).toBeUndefined();
    expect(reads).toEqual(['blocks', 'posts']);
  });

  it('go backward with last and before', async () => {
    const { data } = await node.ask(
      '{ chain(last: 2, order: NEWEST_FIRST) { edges { cursor node { height } } pageInfo { hasPreviousPage hasNextPage } } }',
    );
    expect(data.chain.edges.map(({ node: { height } }: { node: { height: number } }) => height)).toEqual([1, 0]);
    expect(data.chain.pageInfo).toEqual({ hasPreviousPage: true, hasNextPage: false });
    const before = data.chain.edges[0].cursor;
    const answer = await node.ask('query ($before: String) { chain(last: 2, before: $before) { nodes { height } } }', {
      before,
    });
    expect(answer.data.chain.nodes.map(({ height }: { height: number }) => height)).toEqual([3, 2]);
  });

  it.each([
    ['{ chain(first: 101) { totalCount } }', 'PAGE_TOO_LARGE'],
    ['{ chain(first: 0) { totalCount } }', 'PAGE_INVALID'],
    ['{ chain(first: -1) { totalCount } }', 'PAGE_INVALID'],
    ['{ chain(first: 1, last: 1) { totalCount } }', 'PAGE_INVALID'],
    ['{ chain(after: "rubbish") { totalCount } }', 'CURSOR_INVALID'],
    ['{ transactions(after: "rubbish") { totalCount } }', 'CURSOR_INVALID'],
    ['{ pendingTransactions(after: "rubbish") { totalCount } }', 'CURSOR_INVALID'],
    ['{ block { hash } }', 'BAD_USER_INPUT'],
    ['{ author { name } }', 'BAD_USER_INPUT'],
    ['{ transactions(filter: { text: "" }) { totalCount } }', 'BAD_USER_INPUT'],
    ['{ transactions(filter: { text: "a" }) { totalCount } }', 'TEXT_TOO_SHORT'],
    ['{ transactions(filter: { text: "a\\u0000\\u0000" }) { totalCount } }', 'TEXT_TOO_SHORT'],
    ['{ authorsByPrefix(prefix: "") { name } }', 'BAD_USER_INPUT'],
  ])('%s is answered with %s', async (query, code) => {
    expect(codeOf(await node.ask(query))).toBe(code);
  });
});

describe('headers', () => {
  it('come behind the first known hash of the locator', async () => {
    const { data } = await node.ask('{ a: block(height: 2) { hash } b: block(height: 3) { header } }');
    const { headers } = (
      await node.ask('query ($l: [Hexadecimal!]!) { headers(locator: $l, first: 2) }', {
        l: ['ee'.repeat(32), data.a.hash],
      })
    ).data;
    expect(headers).toHaveLength(2);
    expect(headers[0]).toBe(data.b.header);
  });

  it('start behind genesis for a locator of strangers', async () => {
    const { data } = await node.ask('{ headers(locator: []) block(height: 1) { header } }');
    expect(data.headers[0]).toBe(data.block.header);
    expect(data.headers).toHaveLength(node.chain.tip.height);
  });

  it('are bounded', async () => {
    const locator = Array.from({ length: 102 }, () => 'ab'.repeat(32));
    expect(codeOf(await node.ask('query ($l: [Hexadecimal!]!) { headers(locator: $l) }', { l: locator }))).toBe(
      'LOCATOR_TOO_LONG',
    );
    expect(codeOf(await node.ask('{ headers(locator: [], first: 2001) }'))).toBe('PAGE_TOO_LARGE');
  });
});

describe('a faulty request', () => {
  it.each([
    ['no JSON', '{"query": ', 'BAD_REQUEST'],
    ['no GraphQL', JSON.stringify({ query: '{ node {' }), 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', JSON.stringify({ query: '{ nod }' }), 'GRAPHQL_VALIDATION_FAILED'],
    ['a wrong type', JSON.stringify({ query: '{ block(height: "x") { hash } }' }), 'GRAPHQL_VALIDATION_FAILED'],
    [
      'a variable of a wrong type',
      JSON.stringify({ query: 'query ($h: NonNegativeInt) { block(height: $h) { hash } }', variables: { h: -7 } }),
      'BAD_USER_INPUT',
    ],
    ['a batch', JSON.stringify([{ query: '{ node { height } }' }]), 'BAD_REQUEST'],
    ['too many tokens', JSON.stringify({ query: `{ node { ${'height '.repeat(2_001)} } }` }), 'QUERY_TOO_LONG'],
    [
      'too many aliases',
      JSON.stringify({ query: `{ ${Array.from({ length: 31 }, (_, i) => `a${i}: node { height }`).join(' ')} }` }),
      'TOO_MANY_ALIASES',
    ],
    [
      'too many directives',
      JSON.stringify({ query: `{ node { height ${'@include(if: true) '.repeat(31)} } }` }),
      'TOO_MANY_DIRECTIVES',
    ],
    [
      'too much depth',
      JSON.stringify({ query: `{ node { tip { ${'previousBlock { '.repeat(20)} hash ${'} '.repeat(20)} } } }` }),
      'QUERY_TOO_DEEP',
    ],
    [
      'too much cost',
      JSON.stringify({
        query: '{ chain(first: 100) { nodes { transactions(first: 100) { nodes { id content statement work } } } } }',
      }),
      'QUERY_TOO_COSTLY',
    ],
    [
      'cost hidden in variables',
      JSON.stringify({
        query:
          'query ($n: Int) { chain(first: $n) { nodes { transactions(first: $n) { nodes { id content statement work } } } } }',
        variables: { n: 100 },
      }),
      'QUERY_TOO_COSTLY',
    ],
  ])('%s is answered with a code', async (_, body, code) => {
    const response = await node.send(body);
    const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
    expect(errors[0]?.extensions.code).toBe(code);
    expect((await node.ask('{ node { height } }')).data.node.height).toBe(node.chain.tip.height);
  });

  it('hides internal errors, and logs them under an id', async () => {
    const broken = await startTestNode();
    const file = new Database(join(broken.directory, 'stele.db'));
    file.exec('DROP TABLE Binding');
    file.close();
    const answer = await broken.ask('{ author(name: "Ada") { name } }');
    const { message, extensions } = answer.errors?.[0] ?? { message: '', extensions: { code: '', id: '' } };
    expect(extensions.code).toBe('INTERNAL_ERROR');
    expect(message).not.toMatch(/sqlite|prisma|closed/i);
    expect(broken.logged.some(({ id }) => id === extensions.id)).toBe(true);
    await broken.dispose();
  });

  it('reports that a text cannot be searched for yet, and finds it later', async () => {
    const behind = await startTestNode();
    // As after a long import: twenty thousand posts have been numbered, and none is indexed.
    const file = new Database(join(behind.directory, 'stele.db'));
    file.exec(`INSERT INTO sqlite_sequence VALUES ('Post', 30000)`);
    file.close();
    const search = '{ transactions(filter: { text: "stone" }) { totalCount } }';
    expect(codeOf(await behind.ask(search))).toBe('NOT_INDEXED_YET');
    await expect
      .poll(async () => (await behind.ask(search)).data?.transactions, { timeout: 20_000 })
      .toEqual({ totalCount: 0 });
    await behind.dispose();
  });

  it('ends a request that takes too long', async () => {
    const slow = await startTestNode();
    slow.services.limits.requestTimeoutMs = 1;
    slow.services.reader.authorByName = () => new Promise(() => {});
    expect(codeOf(await slow.ask('{ author(name: "Ada") { name } }'))).toBe('REQUEST_TIMEOUT');
    await slow.dispose();
  });

  it('publishes its limits', async () => {
    const { data } = await node.ask(
      '{ node { limits { maxDepth maxCost maxTokens maxAliases maxBodyBytes maxPeerBodyBytes maxPage rates { writing { perSecond burst } } } } }',
      {},
      STRANGER,
    );
    expect(data.node.limits).toEqual({
      maxDepth: 12,
      maxCost: 100_000,
      maxTokens: 2_000,
      maxAliases: 30,
      maxBodyBytes: 262_144,
      maxPeerBodyBytes: 8_388_608,
      rates: { writing: { perSecond: 125_000, burst: 1_250_000 } },
      maxPage: 100,
    });
    expect((await node.ask('{ node { isOperator } }', {}, OPERATOR)).data.node.isOperator).toBe(true);
    expect((await node.ask('{ node { isOperator } }', {}, STRANGER)).data.node.isOperator).toBe(false);
  });
});
