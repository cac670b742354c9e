/**
 * Requests of anybody, from a seed: documents that the grammar allows and the schema mostly does, with variables, headers
 * and frames, and then, sometimes, with something in them that is wrong.
 */
import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import type { Dice } from './dice.ts';

export interface FuzzedRequest {
  method: string;
  /** Behind the endpoint: empty, or with parameters. */
  search: string;
  headers: Record<string, string>;
  body: string | undefined;
  /** The same operation as a message for a WebSocket. */
  frame: string;
}

const WORDS = ['', 'a', 'Ada', 'ß', '🜂', '\u0000', '"', '\\', '{', '$x', '__proto__', 'x'.repeat(300), '‮', '0', 'null'];
const ACCEPTS = [
  'application/json',
  'application/graphql-response+json',
  'text/event-stream',
  'multipart/mixed',
  'text/html',
  '*/*',
  'image/png',
  '',
];
const TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'application/graphql',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/plain',
  '',
];
const METHODS = ['POST', 'POST', 'POST', 'POST', 'GET', 'GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH'];
const MAX_DEPTH = 7;

export class RequestFuzzer {
  readonly #schema: GraphQLSchema;
  readonly #dice: Dice;
  #variables: { name: string; type: GraphQLInputType }[] = [];

  constructor(schema: GraphQLSchema, dice: Dice) {
    this.#schema = schema;
    this.#dice = dice;
  }

  next(): FuzzedRequest {
    const query = this.#spoil(this.#document());
    const variables = Object.fromEntries(this.#variables.map(({ name, type }) => [name, this.#value(type, 0)]));
    const payload: Record<string, unknown> = { query, variables };
    if (this.#dice.chance(0.1)) payload.operationName = this.#dice.pick(['A', 'B', '', 1, null, {}]);
    if (this.#dice.chance(0.1)) payload.extensions = this.#dice.pick([{}, null, 'x', { persistedQuery: 1 }]);
    if (this.#dice.chance(0.05)) payload.variables = this.#dice.pick([[], 'x', 1, null, { a: { b: [[[]]] } }]);
    if (this.#dice.chance(0.05)) payload[this.#word()] = this.#junk(0);
    const text = this.#spoil(JSON.stringify(payload));
    const method = this.#dice.pick(METHODS);
    const inSearch = method === 'GET' || this.#dice.chance(0.1);
    const frame = { id: this.#dice.pick(['1', '2', '3', '', 7, this.#word()]), type: this.#frameType(), payload };
    return {
      method,
      search: inSearch ? `?${this.#parameters(payload)}` : '',
      headers: { accept: this.#dice.pick(ACCEPTS), 'content-type': this.#dice.pick(TYPES) },
      body: method === 'GET' || method === 'HEAD' ? undefined : text,
      frame: this.#spoil(JSON.stringify(frame)),
    };
  }

  #frameType(): string {
    return this.#dice.pick(['subscribe', 'subscribe', 'subscribe', 'complete', 'ping', 'pong', 'connection_init', 'x']);
  }

  #parameters(payload: Record<string, unknown>): string {
    const pairs = Object.entries(payload).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]);
    // A header line has an end.
    return new URLSearchParams(pairs as [string, string][]).toString().slice(0, 8_000);
  }

  #document(): string {
    this.#variables = [];
    const kinds = [this.#schema.getQueryType(), this.#schema.getSubscriptionType(), this.#schema.getMutationType()];
    const kind = this.#dice.between(0, 9);
    const type = kinds[kind < 7 ? 0 : kind < 9 ? 1 : 2];
    if (!type) throw new Error('the schema lacks a type of operations');
    const word = ['query', 'subscription', 'mutation'][kinds.indexOf(type)];
    const selection = this.#selection(type, 0);
    const fragment = this.#dice.chance(0.1)
      ? ` fragment F on Node ${this.#dice.pick(['{ id }', '{ ...F }', '{ tip { ...F } }'])}`
      : '';
    const definitions = this.#variables.map(({ name, type }) => `$${name}: ${type}`).join(', ');
    return `${word} A${definitions ? `(${definitions})` : ''} ${selection}${fragment}`;
  }

  #selection(type: GraphQLOutputType, depth: number): string {
    const named = getNamedType(type);
    if (!isObjectType(named)) return '';
    const fields = Object.values(named.getFields());
    const count = this.#dice.between(1, depth > 3 ? 2 : 4);
    const chosen = Array.from({ length: count }, () => this.#dice.pick(fields));
    const parts = chosen.map((field) => this.#field(field, depth));
    if (this.#dice.chance(0.05)) parts.push('__typename');
    if (this.#dice.chance(0.03)) parts.push('...F');
    if (this.#dice.chance(0.03)) parts.push(`... on ${named.name} { __typename }`);
    if (this.#dice.chance(0.02)) parts.push('nothing');
    return `{ ${parts.join(' ')} }`;
  }

  #field(field: GraphQLField<unknown, unknown>, depth: number): string {
    const isLeaf = !isObjectType(getNamedType(field.type));
    if (!isLeaf && depth >= MAX_DEPTH) return '__typename';
    const given = field.args.filter(({ type }) => isNonNullType(type) || this.#dice.chance(0.4));
    const values = given.map(({ name, type }) => `${name}: ${this.#argument(type)}`).join(', ');
    const alias = this.#dice.chance(0.1) ? `${this.#dice.pick(['a', 'b', '__typename'])}: ` : '';
    const directive = this.#dice.chance(0.05)
      ? this.#dice.pick([' @skip(if: true)', ' @include(if: false)', ' @no', ' @skip'])
      : '';
    return `${alias}${field.name}${values ? `(${values})` : ''}${directive} ${this.#selection(field.type, depth + 1)}`;
  }

  #argument(type: GraphQLInputType): string {
    if (this.#dice.chance(0.3)) {
      const name = `v${this.#variables.length}`;
      this.#variables.push({ name, type });
      return `$${name}`;
    }
    return literal(this.#value(type, 0), getNamedType(type));
  }

  #value(type: GraphQLInputType, depth: number): unknown {
    if (this.#dice.chance(0.05)) return this.#junk(0);
    if (!isNonNullType(type) && this.#dice.chance(0.2)) return null;
    const bare = getNullableType(type);
    if (isListType(bare)) {
      return Array.from({ length: this.#dice.between(0, 4) }, () => this.#value(bare.ofType, depth + 1));
    }
    if (isInputObjectType(bare)) {
      const fields = Object.values(bare.getFields()).filter(
        ({ type: of }) => isNonNullType(of) || (depth < 4 && this.#dice.chance(0.4)),
      );
      return Object.fromEntries(fields.map(({ name, type: of }) => [name, this.#value(of, depth + 1)]));
    }
    if (isEnumType(bare)) return this.#dice.pick(bare.getValues()).name;
    return this.#scalar(getNamedType(bare).name);
  }

  #scalar(name: string): unknown {
    if (name === 'Boolean') return this.#dice.chance(0.5);
    if (name === 'String' || name === 'ID') return this.#word();
    if (name === 'Hexadecimal') {
      return this.#dice.pick(['ab', '00'.repeat(32), 'f'.repeat(64), 'AB', 'f'.repeat(160), '0x1', 'f'.repeat(10_000)]);
    }
    return this.#dice.pick([0, 1, 2, 20, 100, 101, 10_000, -1, 2 ** 31 - 1, 2 ** 31, 2 ** 53 - 1, 2 ** 53, 1.5, 1e308]);
  }

  #word(): string {
    return this.#dice.pick(WORDS);
  }

  #junk(depth: number): unknown {
    const kind = this.#dice.between(0, depth > 3 ? 3 : 5);
    if (kind === 0) return null;
    if (kind === 1) return this.#word();
    if (kind === 2) return this.#scalar('Int');
    if (kind === 3) return this.#dice.chance(0.5);
    if (kind === 4) return Array.from({ length: this.#dice.between(0, 3) }, () => this.#junk(depth + 1));
    return Object.fromEntries([[this.#word(), this.#junk(depth + 1)]]);
  }

  /** Leaves most texts as they are, and cuts, doubles or changes a piece of the others. */
  #spoil(text: string): string {
    if (!this.#dice.chance(0.15)) return text;
    const at = this.#dice.between(0, text.length);
    const length = this.#dice.between(1, 8);
    const piece = text.slice(at, at + length);
    const middle = this.#dice.pick(['', piece + piece, this.#word(), piece.repeat(50), '{', '}', '"', '\u0000']);
    return text.slice(0, at) + middle + text.slice(at + length);
  }
}

/** A value as GraphQL spells it. */
function literal(value: unknown, type: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => literal(item, type)).join(', ')}]`;
  if (value !== null && typeof value === 'object') {
    const fields = isInputObjectType(type) ? type.getFields() : {};
    return `{${Object.entries(value).map(([key, one]) => {
      const field = fields[key];
      return `${key}: ${literal(one, field ? getNamedType(field.type) : null)}`;
    })}}`;
  }
  return typeof value === 'string' && isEnumType(type) ? value : JSON.stringify(value);
}
