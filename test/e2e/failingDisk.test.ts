/** A disk that fails while the built program runs: real errors of reading and writing, by a library that is preloaded. */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { transactionToWire } from '../../src/domain/transaction.ts';
import { makePost } from '../support/chain.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { ask, type NodeProcess, runCommand, startNodeProcess } from '../support/nodeProcess.ts';

const SOURCE = fileURLToPath(new URL('../support/failingDisk.c', import.meta.url));
const SUBMIT = 'mutation ($input: TransactionInput!) { submitTransaction(input: $input) { status { state } } }';
const STATUS = 'query ($id: Hexadecimal!) { transactionStatus(id: $id) { state } }';
const FIND = 'query ($text: String!) { transactions(first: 5, filter: { text: $text }) { nodes { content } } }';
const ERASE = `mutation ($id: Hexadecimal!) {
  withhold(input: { id: $id, reason: "ordered", erase: true }) { transaction { contentState } }
}`;

/** Null where no C compiler is. */
function compile(): string | null {
  const library = join(temporaryDirectory(), 'failingDisk.so');
  try {
    execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, SOURCE, '-ldl'], { stdio: 'ignore' });
  } catch {
    return null;
  }
  return library;
}

const library = compile();

class Failing {
  readonly dataDir = temporaryDirectory();
  readonly #faults = join(temporaryDirectory(), 'faults');

  start(...args: string[]): Promise<NodeProcess> {
    return startNodeProcess(this.dataDir, 0, args, { LD_PRELOAD: library ?? '', FAULTS: this.#faults });
  }

  /** @param faults such as `read stele.db`. */
  fail(...faults: string[]): void {
    writeFileSync(this.#faults, faults.join('\n'));
  }

  mend(): void {
    rmSync(this.#faults);
  }
}

async function submit({ url }: NodeProcess, content: string): Promise<string> {
  const post = makePost({ author: 'Ada', content });
  const { errors } = await ask(url, SUBMIT, { input: transactionToWire(post) });
  expect(errors).toBeUndefined();
  return post.id;
}

async function isReady({ url }: NodeProcess): Promise<boolean> {
  return (await fetch(`${url}/ready`)).ok;
}

describe.skipIf(library === null)('a disk', () => {
  it('that cannot be read for a moment is reported, and loses no post', async () => {
    const disk = new Failing();
    const node = await disk.start();
    const ids = [await submit(node, 'before'), await submit(node, 'too')];
    disk.fail('read stele.db');
    const mining = await ask(node.url, 'mutation { mine { outcome } }');
    const reading = await ask(node.url, '{ transactions(first: 1) { nodes { id } } }');
    for (const { errors } of [mining, reading]) expect(errors?.[0]?.extensions.code).toMatch(/^STORAGE_/);
    expect(await isReady(node)).toBe(false);
    disk.mend();
    await expect.poll(() => isReady(node)).toBe(true);
    await expect.poll(async () => (await ask(node.url, 'mutation { mine { outcome } }')).errors).toBeUndefined();
    ids.push(await submit(node, 'afterwards'));
    await ask(node.url, 'mutation { mine { outcome } }');
    const states = await Promise.all(ids.map((id) => ask(node.url, STATUS, { id })));
    expect(states.map(({ data }) => data.transactionStatus.state)).toEqual(ids.map(() => 'INCLUDED'));
    await node.end('SIGTERM');
    expect(await runCommand(['verify', '--network', 'dev', '--data-dir', disk.dataDir])).toMatchObject({ code: 0 });
  });

  it('that cannot write the index of texts stops neither posts nor erasure, and search works again by itself', async () => {
    const disk = new Failing();
    const node = await disk.start();
    const secret = await submit(node, 'a secret stone');
    await ask(node.url, 'mutation { mine { outcome } }');
    disk.fail('write search.db');
    await submit(node, 'a later stone');
    expect((await ask(node.url, ERASE, { id: secret })).data.withhold.transaction.contentState).toBe('ERASED');
    await ask(node.url, 'mutation { mine { outcome } }');
    expect(await isReady(node)).toBe(true);
    disk.mend();
    const found = async () => (await ask(node.url, FIND, { text: 'stone' })).data?.transactions.nodes;
    await expect.poll(found).toEqual([{ content: 'a later stone' }]);
    await node.end('SIGTERM');
  });
});
