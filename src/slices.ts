/**
 * Works through a long list in parts, and gives others a turn of the event loop between two: SQLite holds it up for as
 * long as a statement takes. Within a transaction the parts still take effect together.
 */
export async function inSlices<Item>(
  items: readonly Item[],
  length: number,
  work: (slice: readonly Item[]) => Promise<void>,
): Promise<void> {
  for (let first = 0; first < items.length; first += length) {
    if (first > 0) await new Promise(setImmediate);
    await work(items.slice(first, first + length));
  }
}
