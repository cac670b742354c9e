/** What can go wrong between an application and a node: a code to act on, and a line for people. */

/** An error as a node answers it. */
export interface NodeError {
  message: string;
  /** One of the schema's `ErrorCode`, such as `OPERATOR_ONLY`; null when something between gave none. */
  code: string | null;
  /** Whether the same request may succeed later. False where the error does not say. */
  retryable: boolean;
  /** Milliseconds after which it may; null where the error does not say. */
  retryAfterMs: number | null;
}

/** What went wrong, for programs. The comments say whether to try again. */
export type ClientErrorCode =
  /** No connection, or the connection broke off. The same request may be made again. */
  | 'UNREACHABLE'
  /** No answer in time. Whether the node did what was asked is not known. */
  | 'TIMEOUT'
  /** The address answers, and not as a node does. */
  | 'NOT_A_NODE'
  /** The node answers with errors: see `errors`. */
  | 'REFUSED'
  /** The post left the pool without being mined, or was not let in. */
  | 'DROPPED'
  /** The node does not know the post: it was never submitted there, or is forgotten. */
  | 'UNKNOWN_POST'
  /** The post is not on the best chain, so there is no receipt of it. */
  | 'NOT_INCLUDED'
  /** Results arrive faster than the reader takes them, and some would have been lost. */
  | 'READER_TOO_SLOW'
  /** The platform has no Ed25519, or a recovery file has a password, and the package libsodium-wrappers is not installed. */
  | 'LIBSODIUM_MISSING'
  /** A key's seed is not 64 hex digits. */
  | 'SEED_INVALID'
  /** A text is no recovery file. */
  | 'RECOVERY_INVALID'
  /** A recovery file is sealed, and no password was given. */
  | 'PASSWORD_MISSING'
  | 'PASSWORD_WRONG'
  /** The client was disposed of. */
  | 'DISPOSED';

/**
 * Thrown by every method of a client. `code` is for programs, `message` is a line for people, `cause` what was caught
 * below.
 */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;
  /** The errors of the node's answer, when the code is REFUSED. */
  readonly errors: readonly NodeError[];

  constructor(
    code: ClientErrorCode,
    message: string,
    { cause, errors = [] }: { cause?: unknown; errors?: readonly NodeError[] } = {},
  ) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.errors = errors;
  }
}

/** Reads the errors of an answer. Their fields may have any type, since anything may have answered. */
export function refused(errors: readonly unknown[]): ClientError {
  const read = errors.map(readError);
  const message = read.map(({ message, code }) => (code === null ? message : `${message} (${code})`)).join('; ');
  return new ClientError('REFUSED', message, { errors: read });
}

/** The error about a post that the node does not know; @param id of the post, 64 hex digits. */
export const unknownPost = (id: string) =>
  new ClientError('UNKNOWN_POST', `the node does not know the post ${id}: submit it`);

function readError(error: unknown): NodeError {
  const { message, extensions } = (error ?? {}) as { message?: unknown; extensions?: Record<string, unknown> | null };
  const { code, retryable, retryAfterMs } = extensions ?? {};
  return {
    message: String(message),
    code: typeof code === 'string' ? code : null,
    retryable: retryable === true,
    retryAfterMs: typeof retryAfterMs === 'number' && retryAfterMs >= 0 ? retryAfterMs : null,
  };
}
