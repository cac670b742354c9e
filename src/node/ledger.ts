/** The data of a node without the node: what `import`, `export` and `verify` work on. */
import { createChain } from '../chain/chain.ts';
import type { Ledger } from '../cli/ports.ts';
import type { Genesis } from '../domain/network.ts';
import { verifySignature } from '../keyring/sodium.ts';
import { createVerifier } from '../keyring/verifier.ts';
import { skeleton } from '../mempool/lookalike.ts';
import { openStore, type Store } from '../store/sqlite/open.ts';

/** @throws StoreError */
export async function openLedger(options: {
  dataDir: string;
  genesis: Genesis;
  readonly: boolean;
}): Promise<Ledger & { store: Store }> {
  const { dataDir, genesis, readonly } = options;
  const store = await openStore({ directory: dataDir, genesis, readonly, isLate: true, skeletonOf: skeleton });
  const verifier = createVerifier();
  const chain = readonly
    ? null
    : await createChain(genesis, {
        store: store.chain,
        verify: verifySignature,
        verifyMany: verifier.verifyMany,
        verified: () => undefined,
        now: () => Math.floor(Date.now() / 1000),
        onChange: async () => {},
        onRevealed: async () => {},
      });
  const close = async () => {
    await store.close();
    await verifier.close();
  };
  return { genesis, chain, store, verify: verifySignature, close };
}
