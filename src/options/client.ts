/** The options of commands that work in a data directory or ask a running node, one row each. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { OptionTable } from './table.ts';
import { filled, graphqlUrl, matching, readNetwork, readPassphrase } from './values.ts';

/** Which network, and where its data are. */
export const DATA_OPTIONS = {
  network: {
    flags: '--network <name|file>',
    variable: 'STELE_NETWORK',
    description: 'main, dev, or a network file made by `stele found`',
    fallback: 'main',
    parse: readNetwork,
  },
  dataDir: {
    flags: '--data-dir <directory>',
    variable: 'STELE_DATA_DIR',
    description: 'where chain, pool and keys are kept',
    fallback: null,
    otherwise: './data/<network>',
    parse: (text) => resolve(filled(text)),
  },
} satisfies OptionTable;

/** The passphrase that seals keys. */
export const KEY_OPTIONS = {
  passphraseFile: {
    flags: '--passphrase-file <file>',
    variable: 'STELE_PASSPHRASE_FILE',
    description: 'file with the passphrase that seals the keys on disk; goes before STELE_PASSPHRASE, which holds it',
    fallback: null,
    parse: readPassphrase,
  },
  passphrase: {
    flags: null,
    variable: 'STELE_PASSPHRASE',
    description: 'the passphrase itself',
    fallback: null,
    parse: filled,
  },
} satisfies OptionTable;

const TOKEN_PATTERN = /^[\w.~+/=-]{16,512}$/;

/** The operator's token: 16 to 512 characters that HTTP allows in a bearer token. */
export const TOKEN = {
  variable: 'STELE_OPERATOR_TOKEN',
  fallback: null,
  parse: (text: string) => matching(TOKEN_PATTERN, text, '16 or more of A-Z a-z 0-9 - . _ ~ + / ='),
};

/** The file that holds the operator's token. */
export const TOKEN_FILE = {
  variable: 'STELE_OPERATOR_TOKEN_FILE',
  fallback: null,
  parse: (file: string) => TOKEN.parse(readFileSync(filled(file), 'utf8').trim()),
};

/** Whether a text can be the operator's token. */
export const isToken = (text: string): boolean => TOKEN_PATTERN.test(text);

/** Which node a command asks, and with which token. */
export const CLIENT_OPTIONS = {
  url: {
    flags: '--url <url>',
    variable: 'STELE_URL',
    description: "the node's address",
    fallback: null,
    otherwise: 'the node that uses the data directory, else http://127.0.0.1:4000/graphql',
    parse: graphqlUrl,
  },
  tokenFile: {
    ...TOKEN_FILE,
    flags: '--token-file <file>',
    description: "file with the operator's bearer token; goes before the token itself",
  },
  token: {
    ...TOKEN,
    flags: '--token <token>',
    description: "the operator's bearer token",
    otherwise: 'for a node on this machine, the one in its data directory',
  },
  ...DATA_OPTIONS,
} satisfies OptionTable;
