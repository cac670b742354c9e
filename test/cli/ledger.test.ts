/** `export`, `import` and `verify`, on real data directories. */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ImportResult } from '../../src/cli/import.ts';
import { blockToWire } from '../../src/domain/block.ts';
import { openLedger } from '../../src/node/ledger.ts';
import { poolEntry } from '../store/sqlite/moves.ts';
import {
  GENESIS,
  GENESIS_ENTRY,
  type Mined,
  makeKey,
  makePost,
  makePosts,
  mineBlock,
  mineChain,
} from '../support/chain.ts';
import { temporaryDirectory } from '../support/directories.ts';
import { Captured, type Setting, stele } from './harness.ts';

const CHAIN = mineChain(GENESIS_ENTRY, [
  makePosts(3),
  [],
  [makePost({ content: 'two\nlines \u202e\u0000', author: 'bob' })],
  [makePost({ content: 'last', author: '🗿' })],
]);
const TIP = CHAIN[3] as Mined;

function ndjson(blocks: readonly Mined[]): string {
  return blocks.map(({ block }) => `${JSON.stringify(blockToWire(block))}\n`).join('');
}

function run(command: string, dataDir: string, rest: readonly string[] = [], setting: Setting = {}) {
  return stele([command, ...rest, '--network', 'dev', '--data-dir', dataDir], setting);
}

async function importText(dataDir: string, stdin: string | Buffer): Promise<ImportResult> {
  const { stdout } = await run('import', dataDir, ['-', '--json'], { stdin });
  return JSON.parse(stdout);
}

async function tipOf(dataDir: string): Promise<string> {
  const ledger = await openLedger({ dataDir, genesis: GENESIS, readonly: true });
  const { hash } = await ledger.store.chain.tip();
  await ledger.close();
  return hash;
}

/** A data directory that holds a chain. */
async function filled(blocks: readonly Mined[] = CHAIN): Promise<string> {
  const dataDir = temporaryDirectory();
  if (blocks === CHAIN) cpSync(template, dataDir, { recursive: true });
  else expect(await importText(dataDir, ndjson(blocks))).toMatchObject({ taken: blocks.length, fault: null });
  return dataDir;
}

let template: string;
beforeAll(async () => {
  template = temporaryDirectory();
  expect(await importText(template, ndjson(CHAIN))).toMatchObject({ taken: CHAIN.length, fault: null });
});

/** Changes a stored chain behind the program's back. */
function tamper(dataDir: string, sql: string): void {
  const database = new Database(join(dataDir, 'stele.db'));
  expect(database.prepare(sql).run().changes).toBeGreaterThan(0);
  database.close();
}

describe('export and import', () => {
  test('copy a chain from one directory to another, to the byte', async () => {
    const from = await filled();
    const file = join(temporaryDirectory(), 'chain.ndjson');
    expect(await run('export', from, ['-o', file])).toEqual({ code: 0, stdout: '', stderr: '' });
    const to = temporaryDirectory();
    const { code, stdout } = await run('import', to, [file]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '4 new blocks; 0 known already.\n' });
    expect(await tipOf(to)).toBe(TIP.entry.hash);
    expect((await run('export', to)).stdout).toBe(readFileSync(file, 'utf8'));
    expect(
      readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(CHAIN.map(({ block }) => blockToWire(block)));
  });

  test('may be repeated and continued', async () => {
    const dataDir = await filled(CHAIN.slice(0, 2));
    expect(await importText(dataDir, ndjson(CHAIN))).toMatchObject({
      taken: 2,
      known: 2,
      sideBranch: 0,
      fault: null,
    });
    expect(await importText(dataDir, ndjson(CHAIN))).toMatchObject({
      taken: 0,
      known: 4,
      sideBranch: 0,
      fault: null,
    });
    expect((await run('export', dataDir, ['--from', '4'])).stdout).toBe(ndjson(CHAIN.slice(3)));
    expect((await run('export', dataDir, ['--from', '5'])).stdout).toBe('');
  });

  test('of a better branch reorganise the chain', async () => {
    const dataDir = await filled();
    const branch = mineChain(GENESIS_ENTRY, [[], [], [], [], []], { version: 2 });
    expect(await importText(dataDir, ndjson(branch))).toMatchObject({
      taken: 5,
      known: 0,
      sideBranch: 4,
      fault: null,
    });
    expect(await tipOf(dataDir)).toBe(branch[4]?.entry.hash);
  });

  test('of an empty file do nothing', async () => {
    expect(await importText(temporaryDirectory(), '\n\n')).toMatchObject({
      taken: 0,
      known: 0,
      sideBranch: 0,
      fault: null,
    });
  });

  test('show progress on a terminal', async () => {
    const dataDir = await filled();
    for (const [command, label] of [
      ['export', 'Exporting ['],
      ['verify', 'Verifying ['],
    ]) {
      const stderr = new Captured();
      stderr.isTTY = true;
      expect((await run(String(command), dataDir, [], { stderr })).code).toBe(0);
      expect(stderr.text).toContain(label);
    }
  });
});

describe('an import stops at the first bad block', () => {
  const line = (mined: Mined) => ndjson([mined]);
  const [one, two, three] = CHAIN as [Mined, Mined, Mined];
  const mallory = mineBlock(two.entry, [makePost({ content: 'mine', key: makeKey('mallory') })]);
  const wire = blockToWire(two.block);

  test.each<[string, string | Buffer, number, string]>([
    ['that is not JSON', `${line(one)}{"header": \n${line(two)}`, 2, 'not-json'],
    ['that is not text', Buffer.concat([Buffer.from(line(one)), Buffer.from([0x22, 0xff, 0x22])]), 2, 'not-json'],
    ['that is no block', `${line(one)}\n[]`, 3, 'header-malformed'],
    ['that is null', `${line(one)}null`, 2, 'header-malformed'],
    [
      'with a short header',
      `${line(one)}${JSON.stringify({ ...wire, header: wire.header.slice(2) })}`,
      2,
      'header-malformed',
    ],
    [
      'with another body',
      `${line(one)}${JSON.stringify({ ...wire, transactions: blockToWire(one.block).transactions })}`,
      2,
      'merkle-root-mismatch',
    ],
    ['that uses the name of another', `${line(one)}${line(two)}${line(mallory)}`, 3, 'name-taken'],
    ['whose parent is missing', `${line(one)}${line(three)}`, 2, 'parent-unknown'],
  ])('%s', async (_, text, number, reason) => {
    const dataDir = temporaryDirectory();
    const { code, stdout, stderr } = await run('import', dataDir, ['-', '--json'], { stdin: text });
    const result: ImportResult = JSON.parse(stdout);
    expect(code).toBe(1);
    expect(result).toMatchObject({ fault: { line: number, reason } });
    expect(stderr).toMatch(
      new RegExp(`^error: Line ${number}: .* \\(${reason}\\)\\. Before it: ${result.taken} new blocks?;`),
    );
    expect((await run('verify', dataDir)).code).toBe(0);
  });

  test('that is too long to be a block', async () => {
    const { code, stderr } = await run('import', temporaryDirectory(), ['-'], {
      stdin: Buffer.alloc(17 * 2 ** 20, 'x'),
    });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'error: Line 1 is longer than any block: this is no export of a chain.\n',
    });
  });

  test('and names a missing file', async () => {
    const dataDir = join(temporaryDirectory(), 'data');
    const { code, stderr } = await run('import', dataDir, ['nowhere.ndjson']);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: "error: ENOENT: no such file or directory, open 'nowhere.ndjson'\n",
    });
    expect(existsSync(dataDir)).toBe(false);
  });
});

function withheld({ block, entry }: Mined): Mined {
  return {
    entry,
    block: { ...block, transactions: block.transactions.map((post) => ({ ...post, opening: null })) },
  };
}

describe('withheld contents', () => {
  const deep = mineChain(GENESIS_ENTRY, [
    [makePost({ content: 'hidden' })],
    [makePost({ content: 'hidden too', author: 'bob' })],
    ...Array.from({ length: 100 }, () => []),
  ]);
  const lines = deep.map((mined, i) => ndjson([i < 2 ? withheld(mined) : mined]));

  test('may be missing in an export, and are filled in from another copy, in either order', async () => {
    const whole = ndjson(deep.slice(0, 3));
    const stripped = lines.slice(0, 3).join('');
    for (const files of [
      [stripped, whole],
      [whole, stripped],
    ]) {
      const dataDir = temporaryDirectory();
      expect(await importText(dataDir, files[0] as string)).toMatchObject({ taken: 3, fault: null });
      expect(await importText(dataDir, files[1] as string)).toMatchObject({ known: 3, fault: null });
      expect((await run('export', dataDir)).stdout).toBe(whole);
    }
  });

  test('are counted by verify, and are not faults', async () => {
    const dataDir = temporaryDirectory();
    await importText(dataDir, lines.slice(0, 3).join(''));
    const { code, stdout } = await run('verify', dataDir, ['--json']);
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, transactions: 2, contentsMissing: 2, faults: [] });
    expect((await run('verify', dataDir)).stdout).toMatch(
      /^Every rule holds over 4 blocks and 2 posts, 2 contents not here, /,
    );
  });

  test('stay out of an export, unless it is a backup', async () => {
    const dataDir = await filled(deep.slice(0, 3));
    const ledger = await openLedger({ dataDir, genesis: GENESIS, readonly: false });
    await ledger.store.withholder.withhold(deep[0]?.block.transactions[0]?.id ?? '', 'asked to', false, 0);
    await ledger.close();
    const { code, stdout, stderr } = await run('export', dataDir);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: '1 content withheld, and so left out (see --with-withheld).\n',
    });
    const id = deep[0]?.block.transactions[0]?.id;
    const decision = JSON.stringify({ decision: { id, action: 'withhold', reason: 'asked to', erased: false, at: 0 } });
    expect(stdout).toBe([`${decision}\n`, lines[0], ...deep.slice(1, 3).map((mined) => ndjson([mined]))].join(''));
    const backup = await run('export', dataDir, ['--with-withheld']);
    expect(backup).toEqual({ code: 0, stdout: `${decision}\n${ndjson(deep.slice(0, 3))}`, stderr: '' });
  });
});

test('a clock behind the chain is not a fault of the data for verify', async () => {
  const dependencies = { now: () => (TIP.block.header.time - 86_400) * 1000 };
  const { code, stdout, stderr } = await run('verify', await filled(), [], { dependencies });
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^The clock of this machine is behind/) });
  expect(stdout).toMatch(/^Every rule holds over 5 blocks/);
});

describe('an export', () => {
  test('leaves no new file when it fails, and keeps an older one', async () => {
    const dataDir = await filled();
    const directory = temporaryDirectory();
    const file = join(directory, 'chain.ndjson');
    writeFileSync(file, 'older');
    tamper(dataDir, `UPDATE "Block" SET "header" = x'00' WHERE "height" = 3`);
    expect((await run('export', dataDir, ['-o', file])).code).not.toBe(0);
    expect(readdirSync(directory)).toEqual(['chain.ndjson']);
    expect(readFileSync(file, 'utf8')).toBe('older');
  });

  test('writes to a device directly', async () => {
    expect((await run('export', await filled(), ['-o', '/dev/null'])).code).toBe(0);
    expect(existsSync('/dev/null.part')).toBe(false);
  });

  test('beyond the tip is refused with the height of the tip', async () => {
    const { code, stderr } = await run('export', await filled(), ['--from', '6']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'error: The chain ends at height 4.\n' });
  });
});

test.each(['export', 'verify'])('%s of a missing directory is refused, and makes nothing', async (command) => {
  const dataDir = join(temporaryDirectory(), 'data');
  const { code, stderr } = await run(command, dataDir);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: There is no data at .*: start a node there first\.\n$/);
  expect(existsSync(dataDir)).toBe(false);
});

test('an import beside a node is refused', async () => {
  const dataDir = await filled();
  const node = await openLedger({ dataDir, genesis: GENESIS, readonly: false });
  const { code, stderr } = await run('import', dataDir, ['-'], { stdin: ndjson(CHAIN) });
  await node.close();
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: Another node is using .*: stop it, or choose another data directory\.\n$/);
});

describe('verify', () => {
  test('passes a valid chain, beside a running node too', async () => {
    const dataDir = await filled();
    const node = await openLedger({ dataDir, genesis: GENESIS, readonly: false });
    const { code, stdout } = await run('verify', dataDir);
    await node.close();
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `Every rule holds over 5 blocks and 5 posts, up to ${TIP.entry.hash}.\n`,
    });
  });

  test.each<[string, string, string[]]>([
    [
      'a content',
      `UPDATE "Post" SET "content" = CAST('hellO' AS BLOB) WHERE "content" = CAST('post 0' AS BLOB)`,
      ['1 content-mismatch'],
    ],
    ['a salt', `UPDATE "Post" SET "salt" = '${'11'.repeat(16)}' WHERE "author" = 'bob'`, ['3 content-mismatch']],
    ['an author', `UPDATE "Post" SET "author" = 'eve' WHERE "author" = 'bob'`, ['3 record-wrong', '3 index-wrong']],
    [
      'a signature',
      `UPDATE "Post" SET "signature" = replace("signature", '0', '1') WHERE "author" = 'bob'`,
      ['3 record-wrong'],
    ],
    ['a binding', `UPDATE "Binding" SET "publicKey" = '${'00'.repeat(32)}' WHERE "name" = 'bob'`, ['3 index-wrong']],
    ['a header', `UPDATE "Block" SET "header" = x'00' WHERE "height" = 2`, ['2 header-malformed']],
  ])('finds %s that was changed', async (_, sql, faults) => {
    const dataDir = await filled();
    tamper(dataDir, sql);
    const { code, stdout, stderr } = await run('verify', dataDir, ['--json']);
    const report: { faults: { height: number; reason: string }[] } = JSON.parse(stdout);
    expect(code).toBe(1);
    expect(report.faults.map(({ height, reason }) => `${height} ${reason}`)).toEqual(faults);
    expect(stderr).toMatch(/^error: \d faults?: do not trust this data directory\.\n$/);
    expect((await run('verify', dataDir)).stdout).toMatch(
      /^(database {2}.*\n)*block \d {2}[\w-]+ {2}.*\n(.*\n)*Checked \d blocks/,
    );
  });

  test('finds a pending post that was changed, and a file that SQLite calls malformed', async () => {
    const dataDir = await filled();
    const node = await openLedger({ dataDir, genesis: GENESIS, readonly: false });
    const post = makePost({ author: 'carol', content: 'pending' });
    await node.store.pool.add(poolEntry(post));
    await node.close();
    tamper(dataDir, `UPDATE "Post" SET "stamp" = "stamp" + 1 WHERE "author" = 'carol'`);
    const first = await run('verify', dataDir);
    expect(first.code).toBe(1);
    expect(first.stdout).toMatch(
      new RegExp(`^database {2}the statement of the pending post ${post.id} .*\nChecked 5 blocks`),
    );
    // Two indexes in one tree.
    const database = new Database(join(dataDir, 'stele.db'));
    database.unsafeMode();
    database.exec(`PRAGMA writable_schema = ON; UPDATE sqlite_master SET rootpage =
      (SELECT rootpage FROM sqlite_master WHERE name = 'Post_author_height_position_idx') WHERE name = 'Dropped_id_key'`);
    database.close();
    const second = await run('verify', dataDir);
    expect({ code: second.code, lines: second.stderr.trim().split('\n').length }).toEqual({ code: 1, lines: 1 });
    expect(`${second.stdout}${second.stderr}`).toMatch(/malformed|damaged/);
  });

  test('reports that the chain was reorganised meanwhile', async () => {
    const moved = {
      blocks: 1,
      transactions: 0,
      contentsMissing: 0,
      tip: { hash: '', height: 0 },
      faults: [],
      moved: true,
    };
    const dependencies = { auditChain: () => Promise.resolve(moved) };
    const { code, stderr } = await run('verify', await filled(), [], { dependencies });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'error: The chain was reorganised meanwhile: verify again.\n',
    });
  });
});
