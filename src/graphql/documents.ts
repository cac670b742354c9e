/**
 * Documents: refused before they cost much, parsed and validated once.
 *
 * Clients send the same few documents again and again, so those that are valid are kept, bounded in bytes. Faulty ones
 * are not kept: refusing them again is cheap, and keeping them would let a stranger push the good ones out.
 */

import { envelop, type Plugin, useEngine } from '@envelop/core';
import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthPlugin } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesPlugin } from '@escape.tech/graphql-armor-max-directives';
import { maxTokensPlugin } from '@escape.tech/graphql-armor-max-tokens';
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  type GraphQLSchema,
  Kind,
  parse,
  type SelectionSetNode,
  specifiedRules,
  type ValidationContext,
  validate,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { invalid, MAX_ERRORS, problem, shorten } from './errors.ts';
import type { ErrorCode } from './generated/resolvers.ts';
import type { Limits } from './limits.ts';

/** Bytes of all documents kept. */
const KEPT_BYTES = 16 * 1_048_576;
/** Bytes that a node of a syntax tree takes in memory, its share of lists and names included (measured: 180 to 260). */
const NODE_BYTES = 250;

/** Comparisons of fields that validating one document may take: some milliseconds. */
const MAX_COMPARISONS = 5_000;
/** Levels of fields that are looked at; `maxDepth` is far below. */
const MAX_LEVELS = 64;
/** Objects and lists within one another in a syntax tree; fields nested as deep as `maxDepth` make some 40. */
const MAX_NESTING = 150;

/**
 * The document that a text spells, or the first faults of one that is not valid.
 * @throws GraphQLError when the text cannot be parsed or breaks a limit.
 */
export type ReadDocument = (text: string) => DocumentNode | GraphQLError[];

/** A reader of documents that keeps valid ones, up to a number of bytes. */
export function createDocuments(schema: GraphQLSchema, limits: Limits): ReadDocument {
  const { maxDocumentBytes } = limits;
  const kept = new LRUCache<string, DocumentNode>({ maxSize: KEPT_BYTES });
  const readNew = createReader(schema, limits);
  return (text) => {
    const known = kept.get(text);
    if (known) return known;
    if (Buffer.byteLength(text) > maxDocumentBytes) {
      const advice = 'send long texts in variables';
      throw problem('QUERY_TOO_LONG', `a document may have ${maxDocumentBytes} bytes: ${advice}`);
    }
    const document = readNew(text);
    if (Array.isArray(document)) return document;
    const nodes = dropLocations(document);
    kept.set(text, document, { size: 2 * text.length + NODE_BYTES * nodes });
    return document;
  };
}

/** Parses and validates, by the rules of graphql-armor among others. */
function createReader(schema: GraphQLSchema, limits: Limits): ReadDocument {
  const engine = { parse, validate: validateBounded, specifiedRules };
  const pipeline = envelop({ plugins: [useEngine(engine), ...limitPlugins(limits)] });
  return (text) => {
    const { parse, validate } = pipeline({});
    const document = parse(text) as DocumentNode;
    const errors = validate(schema, document) as GraphQLError[];
    return errors.length > 0 ? errors.map(invalid) : document;
  };
}

const validateBounded: typeof validate = (schema, document, rules, options, typeInfo) => {
  checkNesting(document, 0);
  const fragments = fragmentsOf(document);
  checkComparisons(document, fragments);
  const conditional = findConditional(document, fragments);
  if (conditional) return [conditional];
  return validate(schema, document, rules, { ...options, maxErrors: MAX_ERRORS }, typeInfo).map(shorten);
};

function limitPlugins({ maxDepth, maxTokens, maxAliases, maxDirectives }: Limits): Plugin[] {
  const limit = (n: number, code: ErrorCode, message: string) => {
    const reject = (_: ValidationContext | null, { nodes }: GraphQLError) => {
      throw problem(code, message, nodes);
    };
    return { n, onReject: [reject] };
  };
  return [
    maxTokensPlugin(limit(maxTokens, 'QUERY_TOO_LONG', `a document may have ${maxTokens} tokens`)),
    maxDepthPlugin(limit(maxDepth, 'QUERY_TOO_DEEP', `fields may be nested ${maxDepth} deep`)),
    maxAliasesPlugin(limit(maxAliases, 'TOO_MANY_ALIASES', `a document may have ${maxAliases} aliases`)),
    maxDirectivesPlugin(limit(maxDirectives, 'TOO_MANY_DIRECTIVES', `a document may have ${maxDirectives} directives`)),
  ] as Plugin[];
}

/**
 * Takes off where the nodes stand in the text. To find the line of an error of execution, graphql-js reads the text from
 * its start, for each of them; and the tokens, which hang on the places, are most of what a document takes in memory.
 * @returns how many nodes there are.
 */
function dropLocations(node: object): number {
  let count = 1;
  for (const [key, value] of Object.entries(node)) {
    if (key === 'loc') Reflect.set(node, 'loc', undefined);
    else if (typeof value === 'object' && value !== null) count += dropLocations(value);
  }
  return count;
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

function fragmentsOf({ definitions }: DocumentNode): Fragments {
  const fragments = definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  return new Map(fragments.map((node) => [node.name.value, node]));
}

/**
 * A subscription is one field, and the field cannot be left out: the rule of the specification's 2025 edition, which
 * graphql-js 16 does not have, and trips over.
 */
function findConditional({ definitions }: DocumentNode, fragments: Fragments): GraphQLError | null {
  const seen = new Set<string>();
  const isConditional = (set: SelectionSetNode | undefined): boolean =>
    set?.selections.some((node) => {
      if (node.directives?.some(({ name }) => name.value === 'skip' || name.value === 'include')) return true;
      if (node.kind === Kind.INLINE_FRAGMENT) return isConditional(node.selectionSet);
      if (node.kind === Kind.FIELD || seen.has(node.name.value)) return false;
      seen.add(node.name.value);
      return isConditional(fragments.get(node.name.value)?.selectionSet);
    }) ?? false;
  const isRefused = definitions.find(
    (node) =>
      node.kind === Kind.OPERATION_DEFINITION && node.operation === 'subscription' && isConditional(node.selectionSet),
  );
  const message = 'the field of a subscription must not have @skip or @include';
  return isRefused ? problem('GRAPHQL_VALIDATION_FAILED', message, [isRefused]) : null;
}

/**
 * Types and values may be nested as deep as they have tokens, and some rules spell them whole at each level.
 * @throws GraphQLError QUERY_TOO_DEEP.
 */
function checkNesting(node: object, level: number): void {
  if (level > MAX_NESTING) throw problem('QUERY_TOO_DEEP', 'types and values may be nested some dozens deep');
  for (const [key, value] of Object.entries(node)) {
    if (key !== 'loc' && typeof value === 'object' && value !== null) checkNesting(value, level + 1);
  }
}

/**
 * Whether fields of the same name can be merged is found out by comparing every two of them, again at each level above.
 * So 2,000 tokens could take many seconds. This counts the comparisons, and costs no more than it counts.
 * @throws GraphQLError QUERY_TOO_COMPLEX.
 */
function checkComparisons({ definitions }: DocumentNode, fragments: Fragments): void {
  let left = MAX_COMPARISONS;
  const spend = (amount: number) => {
    left -= amount;
    if (left >= 0) return;
    throw problem('QUERY_TOO_COMPLEX', 'fields of the same name stand in too many places: ask for each once');
  };

  function collect(set: SelectionSetNode, fields: Map<string, FieldNode[]>, seen: Set<string>): void {
    for (const node of set.selections) {
      spend(1);
      if (node.kind === Kind.FIELD) {
        const name = (node.alias ?? node.name).value;
        const same = fields.get(name);
        if (same) same.push(node);
        else fields.set(name, [node]);
      } else if (node.kind === Kind.INLINE_FRAGMENT) {
        collect(node.selectionSet, fields, seen);
      } else if (!seen.has(node.name.value)) {
        seen.add(node.name.value);
        const fragment = fragments.get(node.name.value);
        if (fragment) collect(fragment.selectionSet, fields, seen);
      }
    }
  }

  function count(sets: readonly SelectionSetNode[], level: number): void {
    if (level > MAX_LEVELS) return;
    const fields = new Map<string, FieldNode[]>();
    const seen = new Set<string>();
    for (const set of sets) collect(set, fields, seen);
    // Every two fragments are compared as well.
    spend((seen.size * (seen.size - 1) * level) / 2);
    for (const same of fields.values()) {
      spend((same.length * (same.length - 1) * level) / 2);
      const below = same.flatMap(({ selectionSet }) => selectionSet ?? []);
      if (below.length > 0) count(below, level + 1);
    }
  }

  for (const node of definitions) if ('selectionSet' in node) count([node.selectionSet], 1);
}
