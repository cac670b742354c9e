/** SIGKILL at any moment: what was acknowledged is there afterwards, and what is there obeys every rule. */
import { expect, it } from 'vitest';
import type { Hash } from '../../src/domain/bytes.ts';
import { transactionToWire } from '../../src/domain/transaction.ts';
import { makePost } from '../support/chain.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { ask, type NodeProcess, runCommand, startNodeProcess } from '../support/nodeProcess.ts';

const ROUNDS = 3;
const CLIENTS = 4;
const SUBMIT = `mutation ($input: TransactionInput!) {
  submitTransaction(input: $input) { transaction { id } status { state } }
}`;
const MINE = 'mutation { mine { outcome blocks { hash } } }';

const directory = temporaryDirectory();

it('a node that is killed loses no acknowledged post and no block', async () => {
  const posted: Hash[] = [];
  const mined: Hash[] = [];
  let port = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const node = await startNodeProcess(directory, port, ['--log-level', 'error']);
    port = node.port;
    await expectAll(node, posted, mined);
    // Clients keep posting and mining; the kill comes after so many acknowledgements, wherever the others are then.
    const wanted = posted.length + 20 + round * 7;
    const clients = Array.from({ length: CLIENTS }, (_, client) => postOn(node, `${round}.${client}`, posted));
    const miner = mineOn(node, mined);
    while (posted.length < wanted) await ask(node.url, '{ node { height } }');
    await node.end('SIGKILL');
    await Promise.all([...clients, miner]);
  }
  const node = await startNodeProcess(directory, port);
  await expectAll(node, posted, mined);
  expect(mined.length).toBeGreaterThan(ROUNDS);
  await node.end('SIGTERM');
  const { code, stdout, stderr } = await runCommand(['verify', '--network', 'dev', '--data-dir', directory]);
  expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
});

async function expectAll({ url }: NodeProcess, posted: readonly Hash[], mined: readonly Hash[]): Promise<void> {
  const states = await Promise.all(
    posted.map(
      async (id) => (await ask(url, `{ transactionStatus(id: "${id}") { state } }`)).data.transactionStatus.state,
    ),
  );
  expect(states.filter((state) => state !== 'PENDING' && state !== 'INCLUDED')).toEqual([]);
  const blocks = await Promise.all(
    mined.map(async (hash) => (await ask(url, `{ block(hash: "${hash}") { isOnBestChain } }`)).data.block),
  );
  expect(blocks.filter((block) => !block?.isOnBestChain)).toEqual([]);
}

/** Posts until the node is gone. Only what was acknowledged is noted. */
async function postOn({ url }: NodeProcess, client: string, posted: Hash[]): Promise<void> {
  for (let count = 0; ; count++) {
    const post = makePost({ author: `client ${client}`, content: `post ${count}` });
    const answer = await ask(url, SUBMIT, { input: transactionToWire(post) }).catch(() => null);
    if (!answer) return;
    expect(answer.data.submitTransaction.status.state).toBe('PENDING');
    posted.push(post.id);
  }
}

async function mineOn({ url }: NodeProcess, mined: Hash[]): Promise<void> {
  for (;;) {
    const answer = await ask(url, MINE).catch(() => null);
    if (!answer) return;
    mined.push(...answer.data.mine.blocks.map(({ hash }: { hash: Hash }) => hash));
  }
}
