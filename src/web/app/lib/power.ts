/** Amounts of work, which are too large for any other way of writing. */

/** Exponent of two of a number of 64 hex digits. */
export const exponentOf = (hex: string) => exponent(BigInt(`0x${hex}`));

/** Exponent of two of a number that may have 77 digits. */
export const exponent = (value: bigint) => Math.log2(Number(value));

const RAISED = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** Two to the power of so much, such as 2¹⁵: how many hashes are expected behind something. */
export const power = (exponent: number) =>
  `2${String(Math.round(exponent)).replace(/\d/g, (digit) => RAISED[Number(digit)] ?? '')}`;
