/** Parsers for the texts of options. Each parser throws an error whose message goes on after the option's name. */
import { readFileSync } from 'node:fs';
import proxyAddr from 'proxy-addr';
import { createGenesis, fileToNetwork, type Genesis } from '../domain/network.ts';
import { DEV, MAIN } from '../domain/networks.ts';
import { completeNodeUrl, parseUrl } from '../url.ts';

/** Any text but the empty one. */
export function filled(text: string): string {
  if (text === '') throw new Error('must not be empty');
  return text;
}

/** A text that matches a pattern. @param what the pattern in words, for the error. */
export function matching(pattern: RegExp, text: string, what: string): string {
  if (!pattern.test(text)) throw new Error(`must be ${what}`);
  return text;
}

/** A line for people: who runs the node, or how to reach them. */
export function line(text: string): string {
  const trimmed = text.trim();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a line must not hold
  if (trimmed !== '' && trimmed.length <= 200 && !/[\u0000-\u001f\u007f]/.test(trimmed)) return trimmed;
  throw new Error('must be one line of 1 to 200 characters');
}

/** Makes a parser of whole numbers, both bounds included. */
export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new Error(`must be a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`);
  };
}

/** Makes a parser of one of several words. */
export function oneOf(choices: readonly string[]): (text: string) => string {
  return (text) => {
    if (choices.includes(text)) return text;
    throw new Error(`must be one of ${choices.join(', ')}, not ${JSON.stringify(text)}`);
  };
}

/** Reads `true`, `1` and `yes`, or `false`, `0` and `no`. */
export function isTrue(text: string): boolean {
  return ['true', '1', 'yes'].includes(oneOf(['true', 'false', '1', '0', 'yes', 'no'])(text));
}

/** An absolute http or https URL without credentials, query and fragment. @param example of one, for who gave another text. */
function httpUrl(text: string, example = 'http://127.0.0.1:4000/graphql'): string {
  const url = parseUrl(text);
  if (url && /^https?:$/.test(url.protocol) && `${url.username}${url.password}${url.search}${url.hash}` === '') {
    return url.href;
  }
  throw new Error(`must be an address such as ${example}, not ${JSON.stringify(text)}`);
}

/** Where a node is reached, without a slash at the end. */
function nodeUrl(text: string, example?: string): string {
  return httpUrl(text, example).replace(/\/+$/, '');
}

/** The same from what is typed for another node: `host:port` and the address of its GraphQL will do, too. */
function typedUrl(text: string): string {
  return nodeUrl(completeNodeUrl(filled(text)));
}

/** Where a node's GraphQL is: `host:port` and an address without a path will do, too. */
export function graphqlUrl(text: string): string {
  const isWhole = /^[a-z]+:\/\//i.test(text) && (parseUrl(text)?.pathname ?? '/') !== '/';
  return isWhole ? httpUrl(text).replace(/\/+$/, '') : `${typedUrl(text)}/graphql`;
}

const PUBLIC = 'https://stele.example';

/** Where the world reaches a node: the page and its files are served from the root of a host. */
export function publicUrl(text: string): string {
  const url = nodeUrl(text, PUBLIC);
  if (new URL(url).pathname === '/') return url;
  throw new Error(
    `must have no path, not ${JSON.stringify(text)}: give the node a host name of its own, such as ${PUBLIC}`,
  );
}

/** Addresses and ranges of proxies, between commas. */
export function proxyAddresses(text: string): string[] {
  const addresses = [...new Set(text.split(',').map((part) => part.trim()))];
  try {
    proxyAddr.compile(addresses);
  } catch {
    throw new Error(
      `must be addresses or ranges such as 127.0.0.1, 10.0.0.0/8 or loopback, not ${JSON.stringify(text)}`,
    );
  }
  return addresses;
}

/** A number of blocks; null: any. */
export function blocksOrNone(text: string): number | null {
  if (text === 'none') return null;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new Error(`must be none or a whole number from 1 to 999999999, not ${JSON.stringify(text)}`);
}

/** Hashes of blocks by their heights, as `HEIGHT:HASH` between commas. */
export function readCheckpoints(text: string): ReadonlyMap<number, string> {
  const checkpoints = new Map<number, string>();
  for (const part of text.split(',')) {
    const [, height = '', hash = ''] = /^(\d{1,10}):([0-9a-fA-F]{64})$/.exec(part.trim()) ?? [];
    if (hash === '')
      throw new Error(`must be a height and 64 hex digits with a colon between, not ${JSON.stringify(part)}`);
    const known = checkpoints.get(Number(height)) ?? hash.toLowerCase();
    if (known !== hash.toLowerCase()) throw new Error(`names two blocks at height ${height}`);
    checkpoints.set(Number(height), known);
  }
  return checkpoints;
}

/** Several, between commas; each once. */
export function nodeUrls(text: string): string[] {
  return [...new Set(text.split(',').map((part) => typedUrl(part.trim())))];
}

/** Editors on Windows begin a text file with a byte order mark, which is no part of its text. */
function withoutBom(text: string): string {
  return text.replace(/^\ufeff/, '');
}

/** The text of the file without a byte order mark and a final line break. @throws Error when there is none. */
export function readPassphrase(file: string): string {
  return filled(withoutBom(readFileSync(filled(file), 'utf8')).replace(/\r?\n$/, ''));
}

/** The network of this name, or of the file at this path. @throws Error, told to the user, when there is none. */
export function readNetwork(text: string): Genesis {
  if (text === MAIN.name) return createGenesis(MAIN);
  if (text === DEV.name) return createGenesis(DEV);
  let file: string;
  try {
    file = readFileSync(text, 'utf8');
  } catch (cause) {
    throw new Error(`must be main, dev or a readable network file, not ${JSON.stringify(text)}`, { cause });
  }
  try {
    return fileToNetwork(JSON.parse(withoutBom(file)));
  } catch (cause) {
    throw new Error(`${text} is not a network file: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
