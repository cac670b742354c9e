/** Checks the store itself: the file by SQLite's own check, and the pending posts. */

import type { Hash } from '../../domain/bytes.ts';
import { findDamage } from '../model/damage.ts';
import { type PostRow, rowToTransaction } from '../model/rows.ts';
import { POST_COLUMNS } from './columns.ts';
import { checkDerived } from './derived.ts';
import { Prisma } from './generated/client.ts';
import type { SqlReader } from './sqlReader.ts';

/** Complaints of SQLite that are told: a malformed file may give as many as it has pages. */
const MOST_COMPLAINTS = 20;
/** Pending posts read at once. */
const POSTS_A_READ = 500;

/** One line for each fault; none when all is well. */
export function* checkStore(reader: SqlReader, network: Hash): Generator<string> {
  yield* untilUnreadable('the database', checkFile(reader));
  yield* untilUnreadable('the pending posts', checkPending(reader, network));
  yield* untilUnreadable('the records', checkDerived(reader, network));
}

/** An unreadable row is one more fault and does not end the check. */
function* untilUnreadable(what: string, check: Generator<string>): Generator<string> {
  try {
    yield* check;
  } catch (error) {
    yield `${what} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function* checkFile(reader: SqlReader): Generator<string> {
  const complaints = reader.readNow<{ integrity_check: string }>(
    Prisma.raw(`PRAGMA main.integrity_check(${MOST_COMPLAINTS})`),
  );
  for (const { integrity_check } of complaints) {
    if (integrity_check !== 'ok') yield `SQLite finds the database malformed: ${integrity_check}`;
  }
  const broken = reader.readNow<{ table: string }>(Prisma.raw('PRAGMA main.foreign_key_check'));
  for (const { table } of broken.slice(0, MOST_COMPLAINTS)) yield `a row of ${table} refers to a row that is gone`;
}

function* checkPending(reader: SqlReader, network: Hash): Generator<string> {
  for (let after = -1; ; ) {
    const rows = reader.readNow<PostRow & { arrival: number }>(Prisma.sql`
      SELECT e."arrival", ${POST_COLUMNS} FROM "Pending" e CROSS JOIN "Post" p ON p."seq" = e."postSeq"
      WHERE e."arrival" > ${after} ORDER BY e."arrival" LIMIT ${POSTS_A_READ}`);
    for (const row of rows) {
      const part = findDamage(rowToTransaction(row, network));
      if (part !== null) yield `the ${part} of the pending post ${row.id} is not the one that was stored`;
      if (row.height !== null) yield `the pending post ${row.id} is on the chain already`;
    }
    const last = rows.at(-1);
    if (!last) return;
    after = last.arrival;
  }
}
