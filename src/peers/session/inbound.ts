/**
 * Those who call us: nodes that have introduced themselves, for all to see, and addresses that have sent what no honest
 * node sends. Both are forgotten with the process, and bounded.
 */
import { LRUCache } from 'lru-cache';
import type { Hello, World } from '../ports.ts';

const MAX_CALLERS = 64;
const MAX_ADDRESSES = 4_096;
const MAX_OFFENDERS = 1_000;
/** Milliseconds after which a node that has not greeted again is gone: it should each minute. */
const CALLER_MS = 180_000;
const BAN_MS = 24 * 3_600_000;
const OFFENCE_POINTS = 20;
const BAN_POINTS = 100;

export interface Caller {
  hello: Hello;
  /** Milliseconds since 1970. */
  at: number;
}

export interface Callers {
  list(): Caller[];
  greeted(hello: Hello, address: string): void;
  /** Whether a node that is still there has called from the address. */
  hasGreeted(address: string): boolean;
  /** An address sent a block that breaks a rule, or the like. */
  offended(address: string): void;
  isUnwelcome(address: string): boolean;
}

export function createCallers(world: Pick<World, 'now'>): Callers {
  const callers = new LRUCache<string, Caller>({ max: MAX_CALLERS });
  /** By address: more than there are callers, so that a crowd of made-up nodes does not displace a real one. */
  const greetedAt = new LRUCache<string, number>({ max: MAX_ADDRESSES });
  const offenders = new LRUCache<string, { points: number; bannedUntil: number }>({ max: MAX_OFFENDERS });

  return {
    list: () => [...callers.values()].filter(({ at }) => world.now() - at < CALLER_MS),
    greeted(hello, address) {
      callers.set(hello.nodeId, { hello, at: world.now() });
      greetedAt.set(address, world.now());
    },
    hasGreeted: (address) => world.now() - (greetedAt.get(address) ?? Number.NEGATIVE_INFINITY) < CALLER_MS,
    offended(address) {
      const points = (offenders.get(address)?.points ?? 0) + OFFENCE_POINTS;
      const isBanned = points >= BAN_POINTS;
      offenders.set(address, { points: isBanned ? 0 : points, bannedUntil: isBanned ? world.now() + BAN_MS : 0 });
    },
    isUnwelcome: (address) => (offenders.get(address)?.bannedUntil ?? 0) > world.now(),
  };
}
