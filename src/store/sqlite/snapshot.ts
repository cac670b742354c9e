/**
 * What is checked of a stranger's snapshot before anything is served from it: the headers, their work, and that it brings
 * nothing but a chain and decisions. The bodies, and what follows from them, are checked while the node serves.
 */
import { setImmediate } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import type { Hash } from '../../domain/bytes.ts';
import { bitsToWork } from '../../domain/compact.ts';
import { checkHeaderContext, contextOnTop, type HeaderContext } from '../../domain/context.ts';
import { checkProofOfWork, decodeHeader, type Header, hashHeader } from '../../domain/header.ts';
import type { Genesis } from '../../domain/network.ts';
import { workToHex } from '../model/rows.ts';
import type { BackupFacts } from '../ports.ts';
import { UNVERIFIED, type Unverified } from './unverified.ts';

/** What a snapshot must agree with. */
export interface SnapshotCheck {
  genesis: Genesis;
  /** Hashes that the chain must have, by height. */
  checkpoints: ReadonlyMap<number, Hash>;
  /** Seconds since 1970. */
  now: number;
  /** The skeleton of a name: what it looks like to people. */
  skeletonOf(name: string): string;
}

/** Headers checked before others get a turn. */
const HEADERS_A_TURN = 500;
/** Numbers of rows beyond this would leave no room for those to come. */
const MAX_SEQ = 2 ** 40;
const MAX_REASON = 500;

/** Makes data of a copy of a snapshot, to be checked from the first block on. @throws Error saying what is wrong. */
export async function takeSnapshot(database: Database, facts: BackupFacts, check: SnapshotCheck): Promise<void> {
  checkIsPublic(database, facts);
  await checkHeaders(database, facts, check);
  for (const [what, sql] of ODDITIES) expect(!database.prepare(sql).get(), what);
  // Skeletons of names are computed here, not taken from the file.
  database.function('stele_skeleton', (name: unknown) => check.skeletonOf(String(name)));
  database.exec(`UPDATE "Binding" SET "skeleton" = stele_skeleton("name")`);
  // The numbers of rows to come follow from those that are there.
  database.exec('DELETE FROM sqlite_sequence');
  const state: Unverified = { height: 0, fault: null };
  database.prepare('INSERT OR REPLACE INTO "Meta" VALUES (?, ?)').run(UNVERIFIED, JSON.stringify(state));
}

function checkIsPublic(database: Database, { isPublic, hasKeys }: BackupFacts): void {
  expect(
    isPublic && !hasKeys,
    'it is a backup of a whole node: `stele restore` takes those, `backup --public` makes snapshots',
  );
  for (const table of ['Pending', 'Dropped', 'Peer', 'Reorganisation', 'TextChange']) {
    expect(!database.prepare(`SELECT 1 FROM "${table}" LIMIT 1`).get(), `it brings rows of the table ${table}`);
  }
  const facts = database.prepare<[], string>('SELECT "key" FROM "Meta"').pluck().all();
  expect(facts.join() === 'genesis', 'it brings facts about a node');
}

/** Queries for rows that no snapshot of this program holds. */
const ODDITIES: readonly (readonly [what: string, sql: string])[] = [
  ['it brings posts that are on no chain', 'SELECT 1 FROM "Post" WHERE "height" IS NULL LIMIT 1'],
  [
    'its decisions are none',
    `SELECT 1 FROM "Withholding" WHERE "action" NOT IN ('withhold', 'restore') OR typeof("reason") <> 'text'
     OR length("reason") > ${MAX_REASON} OR "erased" NOT IN (0, 1) OR typeof("at") <> 'integer'
     OR length("postId") <> 64 OR "postId" GLOB '*[^0-9a-f]*' LIMIT 1`,
  ],
  ...['Post', 'Block', 'Withholding'].map(
    (table) =>
      [
        `the rows of its table ${table} have odd numbers`,
        `SELECT 1 FROM (SELECT min("seq") AS "low", max("seq") AS "high" FROM "${table}")
         WHERE "low" < 1 OR "high" > ${MAX_SEQ}`,
      ] as const,
  ),
];

interface HeaderRow {
  hash: string;
  previousHash: string;
  height: number;
  header: Uint8Array;
  chainWork: string;
  fault: string | null;
  transactionCount: number;
  chainPosts: number;
}

/** Every rule for headers from genesis on, and that the records beside the headers follow from them. */
async function checkHeaders(database: Database, facts: BackupFacts, check: SnapshotCheck): Promise<void> {
  const run = new HeaderChain(check);
  const rows = database.prepare<[], HeaderRow>(`
    SELECT "hash", "previousHash", "height", "header", "chainWork", "fault", "transactionCount", "chainPosts"
    FROM "Block" WHERE "bestHeight" IS NOT NULL ORDER BY "bestHeight"`);
  for (const row of rows.iterate()) {
    run.add(row);
    if (run.count % HEADERS_A_TURN === 0) await setImmediate();
  }
  const blocks = database.prepare<[], number>('SELECT count(*) FROM "Block"').pluck().get();
  expect(blocks === run.count, 'it brings blocks beside its chain');
  expect(facts.hash === run.last && facts.height === run.count - 1, 'its chain does not end where it says');
}

class HeaderChain {
  count = 0;
  last: Hash | null = null;
  readonly #check: SnapshotCheck;
  #work = 0n;
  #posts = 0;
  #context: HeaderContext | null = null;

  constructor(check: SnapshotCheck) {
    this.#check = check;
  }

  add(row: HeaderRow): void {
    const height = this.count;
    try {
      this.#add(row, decodeHeader(row.header), height);
    } catch (error) {
      throw new Error(`block ${height}: ${error instanceof Error ? error.message : error}`);
    }
  }

  #add(row: HeaderRow, header: Header, height: number): void {
    const { genesis, checkpoints, now } = this.#check;
    const hash = hashHeader(header);
    expect(row.hash === hash && row.height === height, `it is recorded as ${row.hash} at height ${row.height}`);
    expect(row.previousHash === header.previousHash, 'its parent is recorded wrong');
    checkProofOfWork(header, hash, genesis.powLimit);
    if (this.#context) {
      expect(header.previousHash === this.last, 'it is not a child of the block below');
      checkHeaderContext(header, this.#context, genesis.network, now);
      this.#context = contextOnTop(header, this.#context);
    } else {
      expect(hash === genesis.hash, `it is ${hash}, not the genesis of the network`);
      const { time, bits } = header;
      this.#context = { parent: { time, bits, previousTime: null }, recentTimes: [time] };
    }
    const wanted = checkpoints.get(height) ?? hash;
    expect(wanted === hash, `it is ${hash}, and the checkpoint says ${wanted}`);
    this.#work += bitsToWork(header.bits);
    this.#posts += row.transactionCount;
    const isRecorded = row.chainWork === workToHex(this.#work) && row.chainPosts === this.#posts;
    expect(isRecorded && row.fault === null, 'its work or its number of posts is recorded wrong');
    this.count += 1;
    this.last = hash;
  }
}

function expect(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}
