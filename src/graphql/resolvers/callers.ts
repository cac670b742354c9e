/** Who may call a mutation. */
import type { Context } from '../context.ts';
import { problem } from '../errors.ts';

/** @throws GraphQLError OPERATOR_ONLY. */
export function operatorOnly({ isOperator }: Context): void {
  if (isOperator) return;
  throw problem(
    'OPERATOR_ONLY',
    'only the operator may do this: call from the same machine, or send the operator token',
  );
}

/**
 * What nodes call on one another, not those that misbehaved.
 * @throws GraphQLError BANNED.
 */
export function welcomeOnly({ isOperator, inbound, client }: Context): void {
  if (isOperator || !inbound.isUnwelcome(client.address)) return;
  throw problem('BANNED', 'this node deals with no others at your address for now: what came from there broke rules');
}
