/** The networks that ship with the program. Their nonces were found once, by `stele found`, and are facts now. */
import type { Network } from './network.ts';

/** The public network. Its easiest target takes about 2^20 hashes: a second's work. */
export const MAIN: Network = {
  name: 'main',
  message: 'A stone with a text cut into it, for everyone to read. 2026-11-22',
  time: 1_795_305_600,
  powLimit: 0x1e0fffff,
  spacing: 30,
  halfLife: 3_600,
  retarget: true,
  nonce: 1_609_429,
};

/** For tests and first steps: every second hash is a block, and the target never moves. */
export const DEV: Network = {
  name: 'dev',
  message: 'For tests and first steps.',
  time: 1_767_225_600,
  powLimit: 0x207fffff,
  spacing: 30,
  halfLife: 3_600,
  retarget: false,
  nonce: 0,
};
