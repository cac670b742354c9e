/** Maps errors of PostgreSQL and of its connections to store errors. */
import type { StorageFault } from '../ports.ts';
import { StoreError, systemCode } from '../storeError.ts';

/** SQLSTATE codes and codes of the system; Prisma hides some of them in its messages. */
const FAULTS: readonly [StorageFault['code'], RegExp, string][] = [
  [
    'STORAGE_FULL',
    /\b53100\b|could not extend file|No space left on device/,
    'The disk of PostgreSQL is full: make room',
  ],
  [
    'STORAGE_READONLY',
    /\b25006\b|read-only transaction|\b42501\b|permission denied/,
    'PostgreSQL does not let us write: give --database-url of the primary, with a user who may',
  ],
  [
    'STORAGE_BUSY',
    /\b53300\b|too many clients|\b57014\b|statement timeout|\b55P03\b|timeout exceeded when trying to connect|Query read timeout|query_wait_timeout|no more connections allowed|P2028|P2024/,
    'PostgreSQL has too much to do: allow more connections, or start fewer processes',
  ],
  ['STORAGE_DAMAGED', /\bXX00[12]\b/, 'PostgreSQL finds its data damaged: restore a backup, or archive anew'],
  [
    'STORAGE_FAILING',
    /\b(08\w{3}|57P0[123]|58030|28\w{3}|3D000)\b|ECONN|EPIPE|ENOTFOUND|ETIMEDOUT|EHOSTUNREACH|EAI_AGAIN|Connection terminated|connection is closed|not queryable|P1\d{3}|does not exist on the database server|reach database server/i,
    'PostgreSQL cannot be reached: see that it runs, and that --database-url is right',
  ],
];

/** The error as a fault of the database; as it is when it is none. */
export function toPostgresFault(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StoreError) return error;
  const text = textOf(error);
  const found = FAULTS.find(([, pattern]) => pattern.test(text));
  if (!found) return error;
  const [code, , remedy] = found;
  return new StoreError(code, `${remedy} (${systemCode(error) || firstLine(error.message)}).`, error);
}

/** Codes and messages of an error and of those below it. */
function textOf(error: Error): string {
  const { cause } = error;
  const own = `${systemCode(error)} ${error.message} ${JSON.stringify((error as { meta?: unknown }).meta ?? '')}`;
  return cause instanceof Error && cause !== error
    ? `${own} ${textOf(cause)}`
    : `${own} ${JSON.stringify(cause ?? '')}`;
}

const firstLine = (text: string) => text.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
