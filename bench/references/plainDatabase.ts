/** The rows of a block inserted by plain better-sqlite3 into the node's own tables, indexes and triggers included. */
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import type { Block } from '../../src/domain/block.ts';
import { encodeHeader } from '../../src/domain/header.ts';
import { prepareDatabase } from '../../src/store/sqlite/prepare.ts';
import { GENESIS } from '../support/posts.ts';

export interface PlainDatabase {
  /** One transaction, on disk when it returns. */
  insert(block: Block): void;
  close(): void;
}

export function createPlainDatabase(directory: string): PlainDatabase {
  const file = join(directory, 'plain.db');
  prepareDatabase(file, GENESIS, false);
  const database = new Sqlite(file);
  database.pragma('synchronous = FULL');
  database.pragma('secure_delete = ON');
  const insertBlock = database.prepare(`INSERT INTO "Block" ("hash", "previousHash", "height", "header", "chainWork",
    "transactionCount", "size", "chainPosts") VALUES (?, ?, 1, ?, '', ?, 0, 0)`);
  const insertPost =
    database.prepare(`INSERT INTO "Post" ("id", "author", "publicKey", "timestamp", "commitment", "size",
    "topics", "replyTo", "stamp", "signature", "content", "salt", "work", "height", "position")
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 1, ?)`);
  const insertTopic = database.prepare('INSERT INTO "PostTopic" VALUES (?, ?, 1, ?)');
  const insertPlace = database.prepare('INSERT INTO "BlockPost" VALUES (?, ?, ?)');

  const insert = database.transaction(({ hash, header, transactions }: Block) => {
    const block = insertBlock.run(hash, header.previousHash, encodeHeader(header), transactions.length).lastInsertRowid;
    transactions.forEach(({ id, statement, signature, opening }, position) => {
      const { author, publicKey, timestamp, commitment, size, topics, replyTo, stamp } = statement;
      const claims = [author, publicKey, timestamp, commitment, size, JSON.stringify(topics), replyTo, stamp];
      const content = Buffer.from(opening?.content ?? '');
      const post = insertPost.run(id, ...claims, signature, content, opening?.salt, position).lastInsertRowid;
      for (const topic of topics) insertTopic.run(topic, post, position);
      insertPlace.run(block, position, post);
    });
  });
  return { insert: (block) => insert(block), close: () => void database.close() };
}
