/** Why a node's chain waits, and the words for that in the log, in `/ready` and on the API. */
import type { SyncWait } from './sync/claims.ts';

/** See {@link SyncWait}; `peers`: the first ones are being heard after the start. */
export type Wait = SyncWait | { for: 'peers' };

/** One line for the operator, with the way out when there is one. */
export function describeWait(wait: Wait, height: number): string {
  switch (wait.for) {
    case 'peers':
      return 'the first peers are being heard';
    case 'blocks':
      return `at block ${height} of ${wait.height}`;
    case 'bodies':
      return `nobody gives the blocks up to ${wait.height} that ${wait.url} claims: mining goes on upon block ${height}`;
    case 'clock':
      return (
        `${wait.url} proves blocks up to ${wait.height} that the clock of this node does not admit before ` +
        `${new Date(wait.until).toISOString()}: if that is not the time to come, set the clock`
      );
  }
}
