/** SQLite's native module, which is loaded with the first database that is opened. */
import Sqlite from 'better-sqlite3';

/** Throws what keeps SQLite from running under this version of Node. */
export function loadSqlite(): void {
  new Sqlite(':memory:').close();
}
