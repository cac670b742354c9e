import { CodedError } from '../domain/errors.ts';

/** Why a node cannot be followed any further, for now or at all. */
type UpstreamFault =
  /** The node does not answer, or the connection broke off. */
  | 'unreachable'
  /** The node is on another network. */
  | 'other-network'
  /** The answer is none of a node, or a text is not the one that was signed. */
  | 'malformed'
  /** The node tells a block that breaks a rule. */
  | 'bad-block'
  /** The node names a block and does not give it, or leaves one out. */
  | 'missing-block'
  /** The node's chain has less work than the one that is here. */
  | 'less-work'
  /** The node has more blocks and does not tell of them. */
  | 'stalled';

/** A node that does not answer, or answers what is not true or not readable. */
export class UpstreamError extends CodedError<UpstreamFault> {
  override readonly name = 'UpstreamError';

  /** Whether the node lies, by fault or on purpose: then it is asked again much later. */
  get isLie(): boolean {
    return ['malformed', 'bad-block', 'missing-block'].includes(this.code);
  }
}
