/**
 * Errors as clients see them: every one carries `extensions.code`. Expected ones pass as they are; anything else is our
 * fault, so it is logged whole under an id, and the client gets only the id.
 */
import { randomUUID } from 'node:crypto';
import { type ASTNode, type ExecutionResult, GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import type { StorageFault } from '../store/ports.ts';
import type { ErrorCode } from './generated/resolvers.ts';

/** Errors that one request is told of. To look for more would cost, and say nothing that helps. */
export const MAX_ERRORS = 3;
/** Errors of fields in one answer, which may have thousands of them for the same reason. */
const MAX_FIELD_ERRORS = 100;
/** Characters of a message. */
const MAX_MESSAGE = 500;

/** A text cut to the length of a message, with a mark that it was. */
export function cut(text: string, length = MAX_MESSAGE): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}

/** An error with a message of bounded length, and at most a few of the places it has in the document. */
export function shorten(error: GraphQLError): GraphQLError {
  const { message, nodes, source, positions, path, extensions } = error;
  if (message.length <= MAX_MESSAGE && (nodes?.length ?? 0) <= MAX_ERRORS) return error;
  const places = nodes
    ? { nodes: nodes.slice(0, MAX_ERRORS) }
    : { source: source ?? null, positions: positions ?? null };
  return new GraphQLError(cut(message), { ...places, path: path ?? null, extensions });
}

/** The errors of an answer, the first of them when there are very many. */
export function cutErrors(errors: readonly GraphQLError[]): readonly GraphQLError[] {
  if (errors.length <= MAX_FIELD_ERRORS) return errors;
  const more = problem('TOO_MANY_ERRORS', `and ${errors.length - MAX_FIELD_ERRORS} more errors`);
  return [...errors.slice(0, MAX_FIELD_ERRORS), more];
}

/** Codes of errors that pass: the same request may succeed later. The schema's `ErrorCode` describes all codes. */
const RETRYABLE: ReadonlySet<string> = new Set<ErrorCode>([
  'BUSY',
  'CONNECTION_CLOSED',
  'ERASURE_INCOMPLETE',
  'INTERNAL_ERROR',
  'NOT_INDEXED_YET',
  'REQUEST_TIMEOUT',
  'STORAGE_BUSY',
  'STORAGE_FAILING',
  'STORAGE_FULL',
  'STORAGE_READONLY',
  'SUBSCRIBER_TOO_SLOW',
  'TOO_MANY_REQUESTS',
  'TOO_MANY_SUBSCRIPTIONS',
  'UPSTREAM_UNREACHABLE',
]);

/** The extensions of every error. */
const saying = (code: string) => ({ code, retryable: RETRYABLE.has(code) });

/** An expected error. */
export function problem(code: ErrorCode, message: string, nodes?: readonly ASTNode[] | undefined): GraphQLError {
  return new GraphQLError(message, { ...(nodes ? { nodes } : {}), extensions: saying(code) });
}

/** Masks what is unexpected. */
export function createMask(log: Logger): (error: unknown) => GraphQLError {
  return (error) => {
    const expected = asExpected(error);
    if (expected) return expected;
    const id = randomUUID();
    log.error({ err: error instanceof GraphQLError ? (error.originalError ?? error) : error, id }, 'internal error');
    return new GraphQLError(`internal error; the operator finds it in the log under ${id}`, {
      extensions: { ...saying('INTERNAL_ERROR'), id },
    });
  };
}

/** A fault of the disk is no bug: callers get its code, and may retry once the operator has made room. */
const STORAGE_FAULTS: Record<StorageFault['code'], string> = {
  STORAGE_FULL: 'the disk of this node is full: try again later',
  STORAGE_READONLY: 'this node cannot write to its data directory: try again later',
  STORAGE_BUSY: 'another program holds the database of this node: try again later',
  STORAGE_DAMAGED: 'the database of this node is damaged or cannot be read: its operator has to mend it',
  STORAGE_FAILING: 'the disk or the database of this node fails: try again later',
};

function storageProblem(error: unknown): GraphQLError | null {
  const code = error instanceof Error && 'code' in error ? (error.code as StorageFault['code'] | 'not-indexed') : null;
  if (code === 'not-indexed')
    return problem('NOT_INDEXED_YET', 'many posts cannot be found by their text yet: try again in a while');
  if (code === null || !Object.hasOwn(STORAGE_FAULTS, code)) return null;
  return problem(code, STORAGE_FAULTS[code]);
}

function asExpected(error: unknown): GraphQLError | null {
  const storage = storageProblem(error instanceof GraphQLError ? error.originalError : error);
  if (storage) return error instanceof GraphQLError ? placed(storage, error) : storage;
  if (!(error instanceof GraphQLError)) return null;
  const { originalError } = error;
  if (originalError && !(originalError instanceof GraphQLError)) return null;
  if (error.extensions.code !== undefined) return shorten(error);
  const inner = originalError?.extensions.code;
  if (typeof inner === 'string') return withCode(error, inner);
  return withCode(error, error.message.startsWith('Syntax Error') ? 'GRAPHQL_PARSE_FAILED' : 'BAD_USER_INPUT');
}

/** The problem, where in the document the other error was. */
function placed(said: Pick<GraphQLError, 'message' | 'extensions'>, where: GraphQLError): GraphQLError {
  const { nodes, source, positions, path } = where;
  const places = { nodes: nodes ?? null, source: source ?? null, positions: positions ?? null, path: path ?? null };
  return new GraphQLError(said.message, { ...places, extensions: said.extensions });
}

/** The form of a validation error. */
export function invalid(error: GraphQLError): GraphQLError {
  const { code } = error.extensions;
  return withCode(error, typeof code === 'string' ? code : 'GRAPHQL_VALIDATION_FAILED');
}

/** An error as clients see it: without what is for the transport alone. */
export function shown(error: GraphQLError): GraphQLError {
  const { http, ...extensions } = error.extensions;
  if (http === undefined) return error;
  return placed({ message: error.message, extensions }, error);
}

/** An answer as clients see it. */
export const shownAnswer = ({ errors, ...rest }: ExecutionResult): ExecutionResult =>
  errors ? { errors: errors.map(shown), ...rest } : rest;

/** The error itself: another one with the same places would find their lines anew, by reading the text from its start. */
function withCode(error: GraphQLError, code: string): GraphQLError {
  return shorten(Object.assign(error, { extensions: { ...error.extensions, ...saying(code) } }));
}
