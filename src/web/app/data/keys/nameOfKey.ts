import { AuthorDocument, PendingNamesDocument } from '../../generated/graphql.ts';
import { ask } from '../api/client.ts';

/** The name of a key: on the chain, or of a post that is still pending. Null: none. @throws ApiError */
export async function nameOfKey(publicKey: string): Promise<string | null> {
  const { author } = await ask(AuthorDocument, { name: null, publicKey });
  if (author) return author.name;
  for (let after: string | null = null; ; ) {
    const { pendingTransactions }: Pending = await ask(PendingNamesDocument, { after });
    const post = pendingTransactions.nodes.find((one) => one.publicKey === publicKey);
    if (post || !pendingTransactions.pageInfo.hasNextPage) return post?.author ?? null;
    after = pendingTransactions.pageInfo.endCursor;
  }
}

interface Pending {
  pendingTransactions: {
    readonly nodes: readonly { author: string; publicKey: string }[];
    readonly pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
}
