/** Queries drawn from the schema: any field, any argument, from a vocabulary of what the board holds and of what it does not. */
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isLeafType,
  isObjectType,
} from 'graphql';
import type { Dice } from '../../test/support/dice.ts';

/** What a process says of itself, and what is asked of the node anyway. */
const LEFT_OUT: Record<string, readonly string[]> = {
  Query: ['peers', 'missingContents', 'checkTransaction'],
  Node: ['id', 'uptime', 'peers', 'miner', 'publicUrl', 'operator', 'isOperator', 'sync'],
};
const DEEPEST = 5;
/** What the cursors of a list are of; those of `Block.transactions` are of positions. */
const CURSORS: Record<string, string> = {
  chain: 'block',
  pendingTransactions: 'pending',
  transactions: 'place',
  posts: 'place',
  replies: 'place',
  withholdings: 'decision',
  authors: 'total',
  topics: 'total',
};

/** Values for arguments, by the argument's name. */
export type Vocabulary = Readonly<Record<string, readonly unknown[]>>;

export class QueryMaker {
  readonly #schema: GraphQLSchema;
  readonly #words: Vocabulary;

  constructor(schema: GraphQLSchema, words: Vocabulary) {
    this.#schema = schema;
    this.#words = words;
  }

  make(dice: Dice): string {
    const query = this.#schema.getQueryType() as GraphQLObjectType;
    const fields = this.#fieldsOf(query);
    const roots = Array.from(
      { length: dice.between(1, 2) },
      (_, i) => `f${i}: ${this.#field(dice, query, dice.pick(fields), 1)}`,
    );
    return `{ ${roots.join(' ')} }`;
  }

  #fieldsOf(type: GraphQLObjectType): GraphQLField<unknown, unknown>[] {
    const out = LEFT_OUT[type.name] ?? [];
    return Object.values(type.getFields()).filter(({ name }) => !out.includes(name));
  }

  #field(
    dice: Dice,
    parent: GraphQLObjectType,
    { name, args, type }: GraphQLField<unknown, unknown>,
    depth: number,
  ): string {
    const list = parent.name === 'Block' ? 'position' : CURSORS[name];
    const given = args.flatMap((argument) => this.#argument(dice, argument, list));
    const pages = given.filter((argument) => /^(first|last):/.test(argument));
    if (pages.length > 1 && dice.chance(0.9)) given.splice(given.indexOf(pages[1] as string), 1);
    const call = given.length > 0 ? `${name}(${given.join(', ')})` : name;
    const named = getNamedType(type);
    return isObjectType(named) ? `${call} { ${this.#selection(dice, named, depth + 1)} }` : call;
  }

  #selection(dice: Dice, type: GraphQLObjectType, depth: number): string {
    const all = this.#fieldsOf(type);
    const leaves = all.filter((field) => isLeafType(getNamedType(field.type)));
    const possible = depth < DEEPEST ? all : leaves;
    const chosen = dice.shuffle(possible).slice(0, dice.between(1, Math.min(6, Math.max(possible.length, 1))));
    const drawn = chosen.map((field) => this.#field(dice, type, field, depth));
    return drawn.length > 0 ? drawn.join(' ') : '__typename';
  }

  #argument(dice: Dice, { name, type, defaultValue }: GraphQLArgument, cursors: string | undefined): string[] {
    const isNeeded = String(type).endsWith('!') && defaultValue === undefined;
    const isLikely = ['hash', 'height', 'name', 'publicKey', 'topic'].includes(name) ? 0.5 : 0.35;
    if (!isNeeded && !dice.chance(isLikely)) return [];
    const named = getNamedType(type);
    if (isEnumType(named)) return [`${name}: ${dice.pick(named.getValues()).name}`];
    if (name === 'filter') return [`filter: ${this.#filter(dice)}`];
    const words = this.#wordsFor(dice, name, cursors);
    if (!words) throw new Error(`no words for the argument ${name}: add some to scripts/differential/board.ts`);
    const list = String(type).startsWith('[');
    const value = list ? Array.from({ length: dice.between(0, 4) }, () => dice.pick(words)) : dice.pick(words);
    return [`${name}: ${JSON.stringify(value)}`];
  }

  /** Mostly cursors of the very list. */
  #wordsFor(dice: Dice, name: string, cursors: string | undefined): readonly unknown[] | undefined {
    const words = this.#words[name];
    if ((name !== 'after' && name !== 'before') || dice.chance(0.1)) return words;
    const isOf = (cursor: unknown) => Buffer.from(String(cursor), 'base64url').toString().startsWith(`${cursors}:`);
    const own = words?.filter(isOf) ?? [];
    return own.length > 0 ? own : words;
  }

  #filter(dice: Dice): string {
    const names = ['author', 'publicKey', 'topic', 'replyTo', 'since', 'until', 'text', 'latestOnly'];
    const chosen = dice.shuffle(names).slice(0, dice.between(0, 3));
    const fields = chosen.map(
      (name) => `${name}: ${JSON.stringify(dice.pick(this.#words[name] as readonly unknown[]))}`,
    );
    return `{ ${fields.join(', ')} }`;
  }
}
