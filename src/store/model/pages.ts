/** Pages of rows, whatever the database. */
import type { KeyRange, Slice } from '../ports.ts';

/** The rows of a page's query, one more than its limit when there are more, in the order of the list. */
export function rowsToSlice<Row, Item>(rows: Row[], range: KeyRange<unknown>, item: (row: Row) => Item): Slice<Item> {
  const items = rows.slice(0, range.limit).map(item);
  return { items: range.fromEnd ? items.reverse() : items, more: rows.length > range.limit };
}
