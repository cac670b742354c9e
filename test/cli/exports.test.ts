/** What `import` takes of a file, and where it stops: test/vectors/exports.json, read as the command reads a file. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createChain } from '../../src/chain/chain.ts';
import { takeDecisions } from '../../src/cli/decisions.ts';
import { importBlocks } from '../../src/cli/import.ts';
import { readLines } from '../../src/cli/lines.ts';
import { fileToNetwork } from '../../src/domain/network.ts';
import { verifySignature } from '../../src/keyring/sodium.ts';
import { createMemoryStore } from '../support/memoryStore.ts';
import type { Vectors } from '../vectors/build/files.ts';

const EXPORTS: Vectors<'exports.json'> = JSON.parse(
  readFileSync(new URL('../vectors/exports.json', import.meta.url), 'utf8'),
);
const genesis = fileToNetwork(EXPORTS.network);

async function importFile(bytes: Buffer) {
  const decisions: unknown[] = [];
  const chain = await createChain(genesis, {
    store: createMemoryStore(genesis).chain,
    verify: verifySignature,
    verified: () => undefined,
    now: () => 2 ** 32,
    onChange: async () => {},
    onRevealed: async () => {},
  });
  async function* stream() {
    yield bytes;
  }
  const blocks = takeDecisions(readLines(stream()), async (taken) => {
    decisions.push(...taken);
  });
  const { taken, known, fault } = await importBlocks(blocks, chain, genesis, () => {});
  return { taken, known, fault: fault && { line: fault.line, reason: fault.reason }, decisions };
}

describe('an export file with', () => {
  it.each(EXPORTS.files)('$name', async ({ text = '', hex, taken, known, fault }) => {
    const bytes = hex === undefined ? Buffer.from(text) : Buffer.from(hex, 'hex');
    const { decisions, ...result } = await importFile(bytes);
    expect(result).toEqual({ taken, known, fault });
    expect(decisions).toHaveLength(text.includes('"decision"') ? 1 : 0);
  });
});
