/** Reads what is given to flags of single commands. Each function throws an error that commander tells with the flag's name. */
import { InvalidArgumentError } from 'commander';
import type { Hash } from '../domain/bytes.ts';
import { hexDigits } from './context.ts';

export function positive(text: string): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (value < 1) throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return value;
}

/** A number of blocks. */
export function depth(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of at least 0.');
  return Number(text);
}

export function hash(text: string): Hash {
  const digits = hexDigits(text);
  if (digits === null) throw new InvalidArgumentError('It must be 64 hex digits.');
  return digits;
}
