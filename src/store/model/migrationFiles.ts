/** Migrations as they lie in the package: `DIRECTORY/NAME/migration.sql`, to be applied once, in the order of the names. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One step of the schema. */
export interface Migration {
  name: string;
  sql: string;
  /** Hex SHA-256 of the file. */
  checksum: string;
}

/** The migrations that this version of the program knows, oldest first. */
export function readMigrationFiles(directory: string): Migration[] {
  const folders = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const names = folders.map((folder) => folder.name).sort();
  return names.map((name) => {
    const sql = readFileSync(join(directory, name, 'migration.sql'), 'utf8');
    return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
  });
}
