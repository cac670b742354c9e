/** Bounds the room for blocks beside the best chain. */

/** The bytes that such a block counts beside its posts. */
export const SIDE_BLOCK_COST = 1_024;
