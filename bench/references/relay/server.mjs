/**
 * A Nostr relay from the npm registry, on SQLite, put together as its documents show. It signs the posts that it will be
 * sent before anything is measured (its signatures are of another kind than ours). Plain JavaScript, and with packages of
 * its own (package.json beside this file): only the bench installs them.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as common from '@nostr-relay/common';
import { NostrRelay } from '@nostr-relay/core';
import { EventRepositorySqlite } from '@nostr-relay/event-repository-sqlite';
import { Validator } from '@nostr-relay/validator';

// Of this project rather than of the relay: the same SQLite on both sides, and no second one to compile.
const ours = createRequire(new URL('../../../package.json', import.meta.url));
const Database = ours('better-sqlite3');
const { WebSocketServer } = ours('ws');

const { createHash } = await import('node:crypto');
const { schnorr } = createRequire(createRequire(import.meta.url).resolve('@nostr-relay/common'))(
  '@noble/curves/secp256k1',
);

const database = new Database(join(process.argv[2], 'relay.db'));
database.pragma('journal_mode = WAL');
const repository = new EventRepositorySqlite(database);
await repository.init();
const relay = new NostrRelay(repository, { logLevel: common.LogLevel.ERROR });
const validator = new Validator();
const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
server.on('connection', (socket) => {
  relay.handleConnection(socket);
  socket.on('message', async (data) => relay.handleMessage(socket, await validator.validateIncomingMessage(data)));
  socket.on('close', () => relay.handleDisconnect(socket));
});

const hex = (bytes) => Buffer.from(bytes).toString('hex');
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

function signed({ author, content, topics }) {
  const key = sha256(`bench key of ${author}`);
  const pubkey = hex(schnorr.getPublicKey(key));
  const tags = topics.map((topic) => ['t', topic]);
  const created_at = Math.floor(Date.now() / 1000);
  const id = sha256(JSON.stringify([0, pubkey, created_at, 1, tags, content]));
  return JSON.stringify(['EVENT', { id, pubkey, created_at, kind: 1, tags, content, sig: hex(schnorr.sign(id, key)) }]);
}

process.on('message', (posts) => {
  process.send({ url: `ws://127.0.0.1:${server.address().port}`, bodies: posts.map(signed) });
});
