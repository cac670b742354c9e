/**
 * The newest posts, and the state of the node. The first answers are those that the document asked for by itself, before
 * its scripts had come.
 */
import {
  NewestDocument,
  type NewestQuery,
  NodeStatusDocument,
  type TypedDocumentString,
} from '../../generated/graphql.ts';
import type { NodeStatus } from '../feed/feedState.ts';
import { ask } from './client.ts';
import { FIRST_PATHS } from './firstPaths.ts';
import { readToken } from './token.ts';

/** Milliseconds for the first answers; then they are asked for again. */
const TIMEOUT_MS = 10_000;

let isUnderWay = true;

/** @throws ApiError */
export async function readNewest(): Promise<NewestQuery & { node: NodeStatus }> {
  // The document does not know the operator's token.
  const isFirst = isUnderWay && readToken() === null;
  isUnderWay = false;
  const read = async <Data>(document: TypedDocumentString<Data, Record<string, never>>, path: string) =>
    (isFirst ? await readFirst<Data>(path) : null) ?? ask(document, {});
  const [newest, { node }] = await Promise.all([
    read(NewestDocument, FIRST_PATHS.newest),
    read(NodeStatusDocument, FIRST_PATHS.node),
  ]);
  return { ...newest, node };
}

/** Null when there is no good answer: to ask anew tells why. */
async function readFirst<Data>(path: string): Promise<Data | null> {
  try {
    const { data, errors } = await (await fetch(path, { signal: AbortSignal.timeout(TIMEOUT_MS) })).json();
    return errors ? null : data;
  } catch {
    return null;
  }
}
