/** Reads the whole chain back through the API, page by page. */
import { ask } from '../../test/support/nodeProcess.ts';

const TRANSACTIONS = `query ($after: String) {
  page: transactions(first: 100, after: $after, order: OLDEST_FIRST) {
    nodes { id position block { height } } pageInfo { endCursor hasNextPage }
  }
}`;
const CHAIN = `query ($after: String) {
  page: chain(first: 5, after: $after, order: OLDEST_FIRST) {
    nodes { height } pageInfo { endCursor hasNextPage }
  }
}`;

interface PostNode {
  id: string;
  position: number;
  block: { height: number };
}

interface Page<Node> {
  nodes: Node[];
  pageInfo: { endCursor: string | null; hasNextPage: boolean };
}

export async function readBack(url: string) {
  const posts = await readPages<PostNode>(url, TRANSACTIONS);
  const blocks = await readPages<{ height: number }>(url, CHAIN);
  const places = posts.map(({ block, position }) => block.height * 10_000 + position);
  return {
    ids: posts.map(({ id }) => id),
    placesInOrder: places.every((place, index) => index === 0 || place > (places[index - 1] as number)),
    heights: blocks.map(({ height }) => height),
  };
}

async function readPages<Node>(url: string, query: string): Promise<Node[]> {
  const nodes: Node[] = [];
  for (let after: string | null = null; ; ) {
    const { page }: { page: Page<Node> } = (await ask(url, query, { after })).data;
    nodes.push(...page.nodes);
    if (!page.pageInfo.hasNextPage) return nodes;
    after = page.pageInfo.endCursor;
  }
}
