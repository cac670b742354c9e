/** What follows from the name of a simulated node. */
import { groupOf } from '../../../src/peers/link/address.ts';

export const urlOf = (name: string): string => `http://${name}.example:4000`;

/** 32 hex digits. */
export function nodeIdOf(name: string): string {
  return Buffer.from(name).toString('hex').padEnd(32, '0').slice(0, 32);
}

const groups = new Map<string, string>();

/** Remembered: books ask all the time. */
export function groupOfUrl(url: string): string {
  const group = groups.get(url) ?? groupOf(url);
  groups.set(url, group);
  return group;
}
