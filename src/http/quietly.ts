/** Logs repeated events of one address once a minute, so that a caller cannot fill the log. */
import { LRUCache } from 'lru-cache';

const QUIET_MS = 60_000;
const MAX_ADDRESSES = 1_000;

/** Calls `tell` at most once a minute for each of the latest 1,000 addresses. */
export function quietly(tell: (address: string) => void): (address: string) => void {
  const told = new LRUCache<string, true>({ max: MAX_ADDRESSES, ttl: QUIET_MS });
  return (address) => {
    if (told.has(address)) return;
    told.set(address, true);
    tell(address);
  };
}
