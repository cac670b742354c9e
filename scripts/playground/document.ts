/**
 * The playground with its ready examples. Each runs as it is, on any node, for whoever is its operator. The editor has room for lines of
 * 50 characters on a desk, and does not break longer ones.
 */
import { createHash } from 'node:crypto';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import type { GraphiQLOptions } from 'graphql-yoga';

const EXAMPLES = [
  `# 1. Post. The node signs, with a key of its own
# for the name. (Only for the operator: open this
# page by the link that \`stele start\` prints.)
mutation Post {
  post(
    input: {
      author: "Ada"
      content: "Cut in stone."
      topics: ["first"]
    }
  ) {
    transaction { id author publicKey content }
    status { state reason message }
  }
}`,
  `# 2. Mine the pending posts into a block.
# A second's work.
mutation Mine {
  mine {
    outcome
    blocks {
      height hash time difficulty
      transactions { nodes { author content } }
    }
  }
}`,
  `# 3. Read the chain, newest first. The next page:
# chain(first: 5, after: endCursor, asOf: the hash
# of the first block here), so that the pages stay
# on one chain. CURSOR_DETACHED: a reorganisation
# has taken that block off it. Begin again.
query Chain {
  node {
    network { name }
    height chainWork isOperator
    pool { count }
  }
  chain(first: 5) {
    totalCount
    edges {
      cursor
      node {
        height hash time confirmations
        transactions(first: 10) {
          nodes { id author content topics work }
        }
      }
    }
    pageInfo { endCursor hasNextPage }
  }
}`,
  `# 4. Subscribe: every block that joins or leaves
# the best chain, from now on. With
# chainChanged(after: "a cursor") it first replays
# what you have missed. It runs while this tab is
# in front: open the playground in a second window
# to post and mine meanwhile.
subscription Follow {
  chainChanged {
    kind
    cursor
    node {
      height hash
      transactions { nodes { author content } }
    }
  }
}`,
  `# 5. Watch posts as they arrive, before they are
# mined.
subscription Arrivals {
  transactionPending {
    id author content status { state }
  }
}`,
];

export const PLAYGROUND: GraphiQLOptions = {
  title: 'Stele playground',
  defaultTabs: EXAMPLES.map((query) => ({ query })),
};

/**
 * Runs before the playground. A link may bring a query to look at, but nothing that is one press from being done, so a
 * mutation in the address is taken off. The link that the node prints for its operator brings the token behind the `#`,
 * which browsers send to nobody; the token goes to this node only, as the policy has it, and for as long as the tab is open.
 */
const PRELUDE = `{
  const address = new URL(location.href);
  const given = /^#token=([\\w.~+/=-]+)$/.exec(address.hash)?.[1];
  if (given) {
    sessionStorage.setItem('stele.token', given);
    address.hash = '';
    history.replaceState(null, '', address);
  }
  const token = sessionStorage.getItem('stele.token');
  if (token) {
    const ask = fetch;
    globalThis.fetch = (input, init) => {
      const headers = new Headers(init?.headers);
      if (!headers.has('authorization')) headers.set('authorization', 'Bearer ' + token);
      return ask(input, { ...init, headers });
    };
  }
  if (/mutation/.test(address.searchParams.get('query') ?? '')) {
    address.searchParams.delete('query');
    history.replaceState(null, '', address);
  }
}`;

/** A tab that can be dragged moves away below the pointer as it is pressed, so that the first click on it would do nothing. */
const STYLE = '<style>.graphiql-tab { transform: none !important; }</style>';

const OPEN = '<script>';

/**
 * The playground, made when the program is built: a document of 9 MB with all of its scripts within, and the policy that
 * allows these scripts and no others, frames of no site, and requests to this node alone.
 */
export function createDocument(): { html: string; policy: string } {
  const page = renderGraphiQL(PLAYGROUND).trim();
  const start = page.indexOf(OPEN);
  const script = page.slice(start + OPEN.length, page.lastIndexOf('</script>'));
  const html = `${page.slice(0, start)}${STYLE}${OPEN}${PRELUDE}</script>${page.slice(start)}`;
  const hashes = [PRELUDE, script].map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
  const policy = [
    "default-src 'none'",
    `script-src ${hashes.join(' ')}`,
    // The editor sets styles of single elements and adds sheets while it runs; its own scripts come to workers as blobs.
    "style-src 'unsafe-inline'",
    'worker-src blob:',
    'img-src data:',
    'font-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return { html, policy: policy.join('; ') };
}
