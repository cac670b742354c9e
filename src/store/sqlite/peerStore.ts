/** The port of the peers over the database: the book of addresses, and our own node id. */
import { isIntegerIn } from '../../domain/bytes.ts';
import type { PeerStore, StoredPeer } from '../../peers/ports.ts';
import { parseUrl } from '../../url.ts';
import { hexToWork, workToHex } from '../model/rows.ts';
import type { Database } from './database.ts';
import { Prisma } from './generated/client.ts';

/** The type of each column. SQLite stores any value, and Prisma's client fails as a whole over one wrong type. */
const COLUMN_TYPES = {
  url: ['text'],
  manual: ['integer'],
  nodeId: ['text', 'null'],
  version: ['text', 'null'],
  height: ['integer', 'null'],
  chainWork: ['text', 'null'],
  firstSeen: ['integer'],
  lastSeen: ['integer', 'null'],
  connectedMs: ['integer'],
  failures: ['integer'],
  retryAt: ['integer'],
  banScore: ['real'],
  banScoreAt: ['integer'],
  bannedUntil: ['integer', 'null'],
  remark: ['text', 'null'],
};
const FIELDS = Object.keys(COLUMN_TYPES);
const COLUMNS = Prisma.raw(FIELDS.map((field) => `"${field}"`).join(', '));
const VALUES = Prisma.raw(FIELDS.map((field) => `value ->> '${field}'`).join(', '));
const ARE_TYPED = Prisma.raw(
  Object.entries(COLUMN_TYPES)
    .map(([field, types]) => `typeof("${field}") IN (${types.map((type) => `'${type}'`).join(', ')})`)
    .join(' AND '),
);

/** SQLite's truth is 0 or 1; work is 64 hex digits. */
type PeerRow = Omit<StoredPeer, 'manual' | 'chainWork'> & { manual: number; chainWork: string | null };

const NODE_ID = /^[0-9a-f]{32}$/;
const WORK = /^[0-9a-f]{64}$/;

/** Addresses of other nodes, and the id of this one. Damaged rows are left out. */
export function createPeerStore(database: Database): PeerStore {
  return {
    async identity(made) {
      const [kept] = await database.reader.$queryRaw<{ value: string }[]>`
        SELECT "value" FROM "Meta" WHERE "key" = 'nodeId'`;
      if (kept && NODE_ID.test(kept.value)) return kept.value;
      await database.write((tx) => tx.$executeRaw`INSERT OR REPLACE INTO "Meta" VALUES ('nodeId', ${made})`);
      return made;
    },
    async load() {
      const rows = await database.reader.$queryRaw<PeerRow[]>`
        SELECT ${COLUMNS} FROM "Peer" WHERE ${ARE_TYPED} ORDER BY "firstSeen", "url"`;
      return rows.filter(isSound).map(rowToPeer);
    },
    async save(peers) {
      const rows = peers.map((peer) => ({
        ...peer,
        chainWork: peer.chainWork === null ? null : workToHex(peer.chainWork),
      }));
      await database.write(
        (tx) => tx.$executeRaw`
          INSERT OR REPLACE INTO "Peer" (${COLUMNS}) SELECT ${VALUES} FROM json_each(${JSON.stringify(rows)})`,
        { isTold: false },
      );
    },
    async forget(url) {
      await database.write((tx) => tx.peer.deleteMany({ where: { url } }), { isTold: false });
    },
  };
}

function isSound(row: PeerRow): boolean {
  const { url, nodeId, chainWork, banScore, height, firstSeen, lastSeen, connectedMs, failures, retryAt, banScoreAt } =
    row;
  const counts = [height, firstSeen, lastSeen, connectedMs, failures, retryAt, banScoreAt, row.bannedUntil];
  return (
    parseUrl(url) !== null &&
    (nodeId === null || NODE_ID.test(nodeId)) &&
    (chainWork === null || WORK.test(chainWork)) &&
    counts.every((count) => count === null || isIntegerIn(count, 0, Number.MAX_SAFE_INTEGER)) &&
    banScore >= 0 &&
    banScore <= 100
  );
}

function rowToPeer(row: PeerRow): StoredPeer {
  return {
    ...row,
    manual: row.manual === 1,
    chainWork: row.chainWork === null ? null : hexToWork(row.chainWork),
  };
}
