/** The playground's ready examples. Each runs as it is, on any node, for whoever is its operator. */
import type { GraphiQLOptions } from 'graphql-yoga';

const EXAMPLES = [
  `# 1. Post. The node signs with a key of its own for the name.
# (Only for the operator: open this page on the node's own machine.)
mutation Post {
  post(input: { author: "Ada", content: "Cut in stone.", topics: ["first"] }) {
    transaction { id author publicKey content }
    status { state reason message }
  }
}`,
  `# 2. Mine the pending posts into a block. A second's work.
mutation Mine {
  mine {
    outcome
    blocks { height hash time difficulty transactions { nodes { author content } } }
  }
}`,
  `# 3. Read the chain, newest first.
query Chain {
  node { network { name } height chainWork isOperator pool { count } }
  chain(first: 5) {
    totalCount
    edges {
      cursor
      node {
        height hash time confirmations
        transactions(first: 10) { nodes { id author content topics work } }
      }
    }
    pageInfo { endCursor hasNextPage }
  }
}`,
  `# 4. Subscribe: every block that joins or leaves the best chain, from now on.
# With chainChanged(after: "a cursor") it first replays what you have missed.
subscription Follow {
  chainChanged {
    kind
    cursor
    node { height hash transactions { nodes { author content } } }
  }
}`,
  `# 5. Watch posts as they arrive, before they are mined.
subscription Arrivals {
  transactionPending { id author content status { state } }
}`,
];

export const PLAYGROUND: GraphiQLOptions = {
  title: 'Stele playground',
  defaultTabs: EXAMPLES.map((query) => ({ query })),
};

/** The page with all its assets. It is large, so it is loaded when somebody first asks for it. */
export async function renderPlayground(options: GraphiQLOptions): Promise<string> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  return renderGraphiQL(options);
}
