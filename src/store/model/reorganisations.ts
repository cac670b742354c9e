/** Reorganisations that a node remembers. */

/** So many, the latest. */
export const KEPT_REORGANISATIONS = 50;

/** Posts that went back into the pool are named up to so many for each. */
export const NAMED_RETURNED = 100;
