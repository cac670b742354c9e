import { raw, type Sql, sqltag as sql } from '@prisma/client/runtime/client';

/** A condition that an index of the column serves. No text that is stored holds the last character of Unicode. */
export function beginsWith(column: string, prefix: string): Sql {
  const named = raw(`"${column}"`);
  return sql`${named} >= ${prefix} AND ${named} < ${`${prefix}\u{10FFFF}`}`;
}
