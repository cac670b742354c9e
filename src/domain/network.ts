/**
 * A network is its genesis block. The genesis header's Merkle root commits to the parameters below (SHA-256d of their
 * canonical JSON, in place of a root over transactions, of which it has none), so two networks that differ in any
 * parameter differ in their identity, the genesis hash.
 */
import { bytesToHash, type Hash, isIntegerIn, isWellFormed, utf8Length, ZERO_HASH } from './bytes.ts';
import { canonicalBytes } from './canonical.ts';
import { decodeCompact, encodeCompact } from './compact.ts';
import { RuleError, rule } from './errors.ts';
import { sha256d } from './hash.ts';
import { checkProofOfWork, type Header, hashHeader } from './header.ts';

const UINT32 = 0xffff_ffff;

/** What the founder of a network decides. */
export interface NetworkParameters {
  /** 1 to 32 of a-z, 0-9 and '-', starting with a letter: also the folder of its data. */
  name: string;
  /** Free text that dates the founding, at most 256 bytes of UTF-8. */
  message: string;
  /** Genesis time, uint32 seconds since 1970. */
  time: number;
  /** The easiest target, compact; also the target of blocks 0 and 1. */
  powLimit: number;
  /** Seconds between blocks to steer towards, 1 to 86,400. */
  spacing: number;
  /** Seconds of delay that double the target, 1 to 31,536,000. */
  halfLife: number;
  /** False: every block has `powLimit` as its target. For tests and first steps. */
  retarget: boolean;
}

/** The parameters with the nonce that makes their genesis header valid. */
export interface Network extends NetworkParameters {
  nonce: number;
}

/** A network with what follows from it. */
export interface Genesis {
  network: Network;
  header: Header;
  hash: Hash;
  powLimit: bigint;
}

/** The genesis header for the parameters with the nonce still to be found. */
export function genesisHeader(network: NetworkParameters, nonce: number): Header {
  const { name, message, time, powLimit, spacing, halfLife, retarget } = network;
  const parameters = { name, message, time, powLimit, spacing, halfLife, retarget };
  const merkleRoot = bytesToHash(sha256d(canonicalBytes(parameters)));
  return { version: 1, previousHash: ZERO_HASH, merkleRoot, time, bits: powLimit, nonce };
}

/**
 * Checks a network and computes its genesis block.
 * @throws RuleError `network-malformed`, `bits-invalid`, `proof-of-work-insufficient`.
 */
export function createGenesis(network: Network): Genesis {
  checkParameters(network);
  rule(isIntegerIn(network.nonce, 0, UINT32), 'network-malformed', 'nonce must be a uint32');
  const header = genesisHeader(network, network.nonce);
  const hash = hashHeader(header);
  const powLimit = decodeCompact(network.powLimit).value;
  checkProofOfWork(header, hash, powLimit);
  return { network, header, hash, powLimit };
}

/** @throws RuleError `network-malformed` when a parameter is out of its bounds. */
export function checkParameters(network: NetworkParameters): void {
  const malformed = (holds: boolean, message: string) => rule(holds, 'network-malformed', message);
  const { name, message } = network;
  const isNamed = typeof name === 'string' && /^[a-z][a-z0-9-]{0,31}$/.test(name);
  malformed(isNamed, 'name must be 1 to 32 of a-z, 0-9 and "-", starting with a letter');
  malformed(typeof message === 'string' && isWellFormed(message), 'message must be well-formed text');
  malformed(utf8Length(message) <= 256, 'message must be at most 256 bytes');
  malformed(isIntegerIn(network.time, 0, UINT32), 'time must be a uint32');
  malformed(isIntegerIn(network.spacing, 1, 86_400), 'spacing must be 1 to 86,400 seconds');
  malformed(isIntegerIn(network.halfLife, 1, 31_536_000), 'halfLife must be 1 to 31,536,000 seconds');
  malformed(typeof network.retarget === 'boolean', 'retarget must be true or false');
  malformed(isIntegerIn(network.powLimit, 0, UINT32), 'powLimit must be a uint32');
  const { value, negative, overflow } = decodeCompact(network.powLimit);
  malformed(!negative && !overflow && value > 0n && value < 1n << 255n, 'powLimit must be a target below 2^255');
  malformed(encodeCompact(value) === network.powLimit, 'powLimit must be in its shortest form');
}

const FILE_FIELDS = ['name', 'message', 'time', 'powLimit', 'spacing', 'halfLife', 'retarget', 'nonce', 'genesis'];

/** The JSON object of a network file: the network and, for people and as a check, its genesis hash. */
export interface NetworkFile extends Network {
  genesis: Hash;
}

/** The network file of a genesis, as an object. */
export function networkToFile(genesis: Genesis): NetworkFile {
  const { name, message, time, powLimit, spacing, halfLife, retarget, nonce } = genesis.network;
  return { name, message, time, powLimit, spacing, halfLife, retarget, nonce, genesis: genesis.hash };
}

/**
 * Reads a parsed network file, which is anyone's input.
 * @throws RuleError `network-malformed` for unknown or missing fields and a genesis hash that does not follow.
 */
export function fileToNetwork(file: unknown): Genesis {
  if (typeof file !== 'object' || file === null) throw new RuleError('network-malformed', 'not a JSON object');
  const unknown = Object.keys(file).find((field) => !FILE_FIELDS.includes(field));
  rule(unknown === undefined, 'network-malformed', `unknown field ${JSON.stringify(unknown)}`);
  const genesis = createGenesis(file as Network);
  const claimed = (file as { genesis?: unknown }).genesis;
  rule(claimed === genesis.hash, 'network-malformed', `genesis should be ${genesis.hash}`);
  return genesis;
}
