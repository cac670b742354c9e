/** What must hold of the honest nodes of a healed network. Each gives what is wrong, in words; nothing when all is well. */
import type { Hash } from '../../../src/domain/bytes.ts';
import { successorOf } from '../../../src/domain/names.ts';
import type { SimNode } from './node.ts';

/** Beyond what a book may hold on its own account. */
const MOST_ADDRESSES = 64 + 16;
const MOST_ORPHANS = 100;

/** Of the best chains of all. */
export function mostWork(nodes: readonly SimNode[]): bigint {
  return nodes.map(({ running }) => running.chain.tip.chainWork).reduce((most, work) => (work > most ? work : most));
}

/** Nodes whose chain is not as good as one that there was. On equal work each may keep its own until the next block. */
export function lessWork(nodes: readonly SimNode[], most: bigint): string[] {
  const isBehind = nodes.some(({ running }) => running.chain.tip.chainWork !== most);
  return isBehind ? [`chains of different work: ${shownTips(nodes)}`] : [];
}

export function differentTips(nodes: readonly SimNode[]): string[] {
  const tips = new Set(nodes.map(({ running }) => running.chain.tip.hash));
  return tips.size > 1 ? [`different tips: ${shownTips(nodes)}`] : [];
}

/** Posts that a node neither has on its chain nor pending. */
export async function lostPosts(nodes: readonly SimNode[], ids: readonly Hash[]): Promise<string[]> {
  return postsOutside(nodes, ids, (node, id) => node.running.pool.get(id) !== undefined);
}

/** Posts that are not on the chain of every node. */
export async function unminedPosts(nodes: readonly SimNode[], ids: readonly Hash[]): Promise<string[]> {
  return postsOutside(nodes, ids, () => false);
}

/** Posts that were revealed to one node, and that another holds without their contents. */
export async function sealedPosts(nodes: readonly SimNode[], ids: readonly Hash[]): Promise<string[]> {
  const faults: string[] = [];
  for (const node of nodes) {
    const lacking = await node.lacking(ids);
    if (lacking.length > 0) faults.push(`${node.name} lacks contents: ${lacking.map(short)}`);
  }
  return faults;
}

/** Posts that stand on one chain twice. */
export async function doubledPosts(nodes: readonly SimNode[]): Promise<string[]> {
  const faults: string[] = [];
  for (const node of nodes) {
    const ids = (await node.chainedPosts()).map(({ id }) => id);
    if (new Set(ids).size < ids.length) faults.push(`${node.name} has a post on its chain twice`);
    const both = ids.filter((id) => node.running.pool.get(id));
    if (both.length > 0) faults.push(`${node.name} has posts on its chain that are pending, too: ${both.map(short)}`);
  }
  return faults;
}

/** Names that do not belong to the key to which the posts of the chain have handed them, each looked at in its turn. */
export async function wrongOwners(nodes: readonly SimNode[]): Promise<string[]> {
  const faults: string[] = [];
  for (const node of nodes) {
    const owners = new Map<string, { publicKey: string; successor: string | null }>();
    for (const { id, statement } of await node.chainedPosts()) {
      const { author, publicKey, successor } = statement;
      const owner = owners.get(author);
      if (owner?.publicKey === publicKey) continue;
      const isHeir = !owner || owner.successor === successorOf(publicKey);
      if (isHeir) owners.set(author, { publicKey, successor });
      else faults.push(`${node.name} has ${short(id)} by a key that has no right to "${author}"`);
    }
    const bound = await node.bindings([...owners.keys()]);
    for (const [name, owner] of owners) {
      const { publicKey, successor } = bound.get(name) ?? {};
      const isBound = publicKey === owner.publicKey && successor === owner.successor;
      if (!isBound) faults.push(`${node.name} takes "${name}" for another key's`);
    }
  }
  return faults;
}

/** Honest nodes that are held to have misbehaved. */
export function unjustBlame(nodes: readonly SimNode[]): string[] {
  return nodes.flatMap((node) =>
    nodes.flatMap(({ name, url }) => {
      const { banScore = 0, remark } = (url && node.addresses.get(url)) || {};
      const isBlamed = banScore > 0 || node.running.peers.inbound.isUnwelcome(name);
      return isBlamed ? [`${node.name} blames ${name}: ${remark}`] : [];
    }),
  );
}

export function outOfBounds(nodes: readonly SimNode[]): string[] {
  return nodes.flatMap(({ name, addresses, running }) => {
    const faults: string[] = [];
    if (addresses.size > MOST_ADDRESSES) faults.push(`${name} keeps ${addresses.size} addresses`);
    if (running.chain.orphanCount > MOST_ORPHANS) faults.push(`${name} keeps ${running.chain.orphanCount} orphans`);
    return faults;
  });
}

async function postsOutside(
  nodes: readonly SimNode[],
  ids: readonly Hash[],
  isElsewhere: (node: SimNode, id: Hash) => boolean,
): Promise<string[]> {
  const faults: string[] = [];
  for (const node of nodes) {
    const chained = await node.chained(ids);
    const outside = ids.filter((id) => !chained.has(id) && !isElsewhere(node, id));
    if (outside.length > 0) faults.push(`${node.name} lacks posts: ${outside.map(short)}`);
  }
  return faults;
}

function shownTips(nodes: readonly SimNode[]): string {
  return nodes.map(({ name, running: { chain } }) => `${name} ${chain.tip.height} ${short(chain.tip.hash)}`).join(', ');
}

const short = (hash: Hash): string => hash.slice(-6);
