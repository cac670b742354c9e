import { Refusal } from '../domain/errors.ts';
import type { PolicyReason } from './ports.ts';

/** This node's policy keeps a post out. Other nodes may take it. */
export class PolicyError extends Refusal<PolicyReason> {
  override readonly name = 'PolicyError';
}
