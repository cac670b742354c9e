/** Vectors of export files: what whoever reads one takes, and where it stops. */
import { headerToHex } from '../../../src/domain/header.ts';
import { networkToFile } from '../../../src/domain/network.ts';
import { someHash } from '../../domain/fixtures.ts';
import { CHAIN, GENESIS } from './blocks.ts';

interface ExportCase {
  name: string;
  /** The file as text, or as `hex` where it is none. */
  text?: string;
  hex?: string;
  /** New blocks, and blocks that were there already. */
  taken: number;
  known: number;
  /** Why and where reading stops; null: at the end of the file. */
  fault: { line: number; reason: string } | null;
}

const [ONE, TWO] = CHAIN;
type WirePost = (typeof ONE.transactions)[number];
const [first, second] = CHAIN.map((block) => JSON.stringify(block)) as [string, string];
const BOM = '\ufeff';
const DECISION = { id: someHash(1), action: 'withhold', reason: 'a court order', erased: false, at: 1_767_225_700_000 };

function good(name: string, text: string, taken = 2, known = 0): ExportCase {
  return { name, text, taken, known, fault: null };
}

function bad(name: string, text: string, reason: string, line = 2, taken = line - 1): ExportCase {
  return { name, text, taken, known: 0, fault: { line, reason } };
}

/** The first block with its first post changed. */
function withPost(change: (post: WirePost) => unknown): string {
  const [post, ...others] = ONE.transactions;
  return JSON.stringify({ ...ONE, transactions: [change(post as WirePost), ...others] });
}

function taken(): ExportCase[] {
  const capitals = JSON.stringify({ ...TWO, header: TWO.header.toUpperCase() });
  const { content: _, salt: __, ...sealed } = ONE.transactions[0] as WirePost;
  return [
    good('as it is written', `${first}\n${second}\n`),
    good('nothing', '', 0),
    good('a byte order mark', `${BOM}${first}\n${second}\n`),
    good('a byte order mark in front of each line', `${BOM}${first}\n${BOM}${second}\n`),
    good('lines from Windows', `${first}\r\n${second}\r\n`),
    good('empty lines', `\n${first}\n\n\r\n${second}\n\n`),
    good('white space between tokens', `${first.replaceAll('":', '" : ')}\n ${second}\t\n`),
    good('a last line without its end', `${first}\n${second}`),
    good('a field of a block too many', `${first.replace('{', '{"height":1,')}\n${second}\n`),
    good('a field of a transaction too many', `${withPost((post) => ({ ...post, id: '' }))}\n${second}\n`),
    good('two equal keys, of which the last one counts', `${first.replace('{', '{"header":"",')}\n${second}\n`),
    good('a header in capitals', `${first}\n${capitals}\n`),
    good('a content that is two nulls', `${withPost((post) => ({ ...post, content: null, salt: null }))}\n${second}\n`),
    good('a content that is absent', `${withPost(() => sealed)}\n${second}\n`),
    good(
      'the genesis block',
      `${JSON.stringify({ header: headerToHex(GENESIS.header), transactions: [] })}\n${first}\n`,
      1,
      1,
    ),
    good('a block twice', `${first}\n${first}\n${second}\n`, 2, 1),
    good('a decision of an operator', `${JSON.stringify({ decision: DECISION })}\n${first}\n${second}\n`),
  ];
}

function refused(): ExportCase[] {
  const notUtf8 = Buffer.concat([Buffer.from(`${first}\n{"header":"`), Buffer.from([0xff]), Buffer.from('"}\n')]);
  const statement = ONE.transactions[0]?.statement;
  return [
    bad('no JSON', `${first}\n{\n${second}\n`, 'not-json'),
    bad('two texts on a line', `${first} ${second}\n`, 'not-json', 1),
    bad('a line of blanks', `${first}\n  \n`, 'not-json'),
    { name: 'no UTF-8', hex: notUtf8.toString('hex'), taken: 1, known: 0, fault: { line: 2, reason: 'not-json' } },
    bad('a parent that is not there', `${second}\n`, 'parent-unknown', 1),
    bad('no object', `${first}\n[]\n`, 'header-malformed'),
    bad('nothing known', `${first}\nnull\n`, 'header-malformed'),
    bad('no transactions', `${first}\n${JSON.stringify({ header: TWO.header })}\n`, 'merkle-root-mismatch'),
    bad(
      'a field of a statement too many',
      `${withPost((post) => ({ ...post, statement: { ...statement, id: '' } }))}\n`,
      'statement-malformed',
      1,
    ),
    bad(
      'a signature in capitals',
      `${withPost((post) => ({ ...post, signature: post.signature.toUpperCase() }))}\n`,
      'signature-malformed',
      1,
    ),
    bad('an empty line, which counts', `\n${first}\n\n{}\n`, 'header-malformed', 4, 1),
  ];
}

export function exportVectors() {
  return {
    about:
      'Export files, each read into a node that has the genesis block alone. `taken` and `known` count the blocks that are new ' +
      'and those that are there already; `fault` is where reading stops, lines counted from 1, and why. A file is `text`, or `hex`.',
    network: networkToFile(GENESIS),
    files: [...taken(), ...refused()],
  };
}
