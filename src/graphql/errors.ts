/**
 * Errors as clients see them: every one carries `extensions.code`. Expected ones pass as they are; anything else is our
 * fault, so it is logged whole under an id, and the client gets only the id.
 */
import { randomUUID } from 'node:crypto';
import { type ASTNode, GraphQLError } from 'graphql';
import type { Logger } from 'pino';

/** An expected error. `code` in SCREAMING_CASE; see `node.limits` for those of limits. */
export function problem(code: string, message: string, nodes?: readonly ASTNode[] | undefined): GraphQLError {
  return new GraphQLError(message, { ...(nodes ? { nodes } : {}), extensions: { code } });
}

/** Masks what is unexpected. For yoga's `maskedErrors`, and for errors that its pipeline does not see. */
export function createMask(log: Logger): (error: unknown) => GraphQLError {
  return (error) => {
    const expected = asExpected(error);
    if (expected) return expected;
    const id = randomUUID();
    log.error({ err: error instanceof GraphQLError ? (error.originalError ?? error) : error, id }, 'internal error');
    return new GraphQLError(`internal error; the operator finds it in the log under ${id}`, {
      extensions: { code: 'INTERNAL_ERROR', id },
    });
  };
}

function asExpected(error: unknown): GraphQLError | null {
  if (!(error instanceof GraphQLError)) return null;
  const { originalError } = error;
  if (originalError && !(originalError instanceof GraphQLError)) return null;
  if (error.extensions.code !== undefined) return error;
  const inner = originalError?.extensions.code;
  if (typeof inner === 'string') return withCode(error, inner);
  return withCode(error, error.message.startsWith('Syntax Error') ? 'GRAPHQL_PARSE_FAILED' : 'BAD_USER_INPUT');
}

function withCode(error: GraphQLError, code: string): GraphQLError {
  const { message, nodes, source, positions, path, extensions } = error;
  const places = { nodes: nodes ?? null, source: source ?? null, positions: positions ?? null, path: path ?? null };
  return new GraphQLError(message, { ...places, extensions: { ...extensions, code } });
}
