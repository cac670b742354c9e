/**
 * Documents: refused before they cost much, parsed and validated once.
 *
 * Clients send the same few documents again and again, so those that are valid are kept, bounded in bytes. Faulty ones
 * are not kept: refusing them again is cheap, and keeping them would let a stranger push the good ones out.
 */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  Kind,
  type SelectionSetNode,
  validate,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import type { Context } from './context.ts';
import { MAX_ERRORS, problem, shorten } from './errors.ts';
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

export function documentPlugin({ maxDocumentBytes }: Limits): Plugin<Context> {
  const kept = new LRUCache<string, DocumentNode>({ maxSize: KEPT_BYTES });
  const valid = new WeakSet<DocumentNode>();
  const texts = new WeakMap<DocumentNode, string>();
  return {
    onParse({ params: { source }, setParsedDocument }) {
      const text = typeof source === 'string' ? source : source.body;
      if (Buffer.byteLength(text) > maxDocumentBytes) {
        const advice = 'send long texts in variables';
        throw problem('QUERY_TOO_LONG', `a document may have ${maxDocumentBytes} bytes: ${advice}`);
      }
      const document = kept.get(text);
      if (document) setParsedDocument(document);
      return ({ result }) => {
        if (!document && result && !(result instanceof Error)) texts.set(result, text);
      };
    },
    onValidate({ params: { documentAST }, setResult, setValidationFn }) {
      if (valid.has(documentAST)) return setResult([]);
      setValidationFn((schema, document, rules, options, typeInfo) => {
        checkNesting(document, 0);
        const fragments = fragmentsOf(document);
        checkComparisons(document, fragments);
        const conditional = findConditional(document, fragments);
        if (conditional) return [conditional];
        return validate(schema, document, rules, { ...options, maxErrors: MAX_ERRORS }, typeInfo).map(shorten);
      });
      return ({ valid: isValid }) => {
        if (!isValid) return;
        const nodes = dropLocations(documentAST);
        const text = texts.get(documentAST);
        valid.add(documentAST);
        if (text !== undefined) kept.set(text, documentAST, { size: 2 * text.length + NODE_BYTES * nodes });
      };
    },
  };
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
