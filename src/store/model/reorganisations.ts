/** Reorganisations that a node remembers. */

/** How many of the latest reorganisations are kept. */
export const KEPT_REORGANISATIONS = 50;

/** Posts that went back into the pool are named up to so many for each. */
export const NAMED_RETURNED = 100;
