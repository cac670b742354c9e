/** Who may call a mutation. */
import type { Context } from '../context.ts';
import { problem } from '../errors.ts';

/** @throws GraphQLError OPERATOR_ONLY; NODE_ONLY where a copy of the node is served. */
export function operatorOnly(context: Context): void {
  nodeOnly(context);
  if (context.isOperator) return;
  const why = context.missing === null ? '' : ` (${context.missing})`;
  throw problem('OPERATOR_ONLY', `only the operator may do this: send the operator's token${why}`);
}

/** Admits operations that only the node can do. @throws GraphQLError NODE_ONLY where a copy is served. */
export function nodeOnly({ copyOf }: Context): void {
  if (copyOf !== undefined) throw problem('NODE_ONLY', `a copy is served here: ask the node, at ${copyOf}`);
}

/** Admits calls by which nodes serve one another, unless the caller's address misbehaved. @throws GraphQLError BANNED. */
export function welcomeOnly({ isOperator, inbound, client }: Context): void {
  if (isOperator || !inbound.isUnwelcome(client.address)) return;
  throw problem('BANNED', 'this node deals with no others at your address for now: what came from there broke rules');
}
