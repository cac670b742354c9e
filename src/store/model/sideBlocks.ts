/** What blocks beside the best chain may take. */

/** What such a block counts in bytes beside its posts. */
export const SIDE_BLOCK_COST = 1_024;
