/**
 * Checks the variables of an operation before anything is counted or executed.
 *
 * graphql-js quotes the whole value in each error and goes on to the last one, so thousands of unknown keys beside one
 * long text make gigabytes of messages. Here the check stops at the first few faults, and a message quotes nothing but
 * what graphql-js says of one leaf.
 */
import type { MaybePromise } from '@whatwg-node/promise-helpers';
import {
  coerceInputValue,
  type GraphQLError,
  type GraphQLInputType,
  type GraphQLList,
  type GraphQLSchema,
  getNullableType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  print,
  typeFromAST,
  type VariableDefinitionNode,
  valueFromAST,
} from 'graphql';
import { cut, MAX_ERRORS, problem } from './errors.ts';

/** Variables as they came with the request, unchecked. */
export type Variables = { readonly [name: string]: unknown };

/** Variables that fit the operation. */
export interface CheckedVariables {
  /** The values given, without those that the operation does not declare. */
  given: Variables;
  /** The values as their types read them, defaults included: what an executor is handed. */
  coerced: Variables;
}

/** Thrown to leave `coerceInputValue`, which has no other way to stop. */
const STOP = Symbol('enough errors');

/**
 * @param pace asks for time in a turn of the event loop. A block of another node has thousands of transactions.
 * @returns the variables, or the first faults, at most {@link MAX_ERRORS}, with messages of bounded length; a promise of them only
 *   where a list is long.
 */
export function checkVariables(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
  values: Variables,
  pace: () => Promise<void>,
): MaybePromise<CheckedVariables | GraphQLError[]> {
  const errors: GraphQLError[] = [];
  const later: (() => Promise<void>)[] = [];
  const given: Record<string, unknown> = {};
  const coerced: Record<string, unknown> = {};
  const fail = (message: string, node: VariableDefinitionNode) => {
    errors.push(problem('BAD_USER_INPUT', message, [node]));
    if (errors.length >= MAX_ERRORS) throw STOP;
  };
  try {
    for (const definition of definitions) {
      const name = definition.variable.name.value;
      // A value of this name becomes the prototype of all values, whose fields then pass for variables that nobody has checked.
      if (name === '__proto__') fail('A variable cannot be named "$__proto__".', definition);
      const type = typeFromAST(schema, definition.type as never) as GraphQLInputType | undefined;
      if (!isInputType(type)) {
        fail(`Variable "$${cut(name)}" has no input type.`, definition);
        continue;
      }
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      if (value !== undefined) given[name] = value;
      if (value === undefined && definition.defaultValue) coerced[name] = valueFromAST(definition.defaultValue, type);
      else if (value == null && isNonNullType(type)) {
        const fault = value === null ? 'must not be null' : 'was not provided';
        fail(`Variable "$${cut(name)}" of required type "${cut(print(definition.type))}" ${fault}.`, definition);
      } else if (value !== undefined) {
        const failAt = (path: Path, message: string) =>
          fail(`Variable "$${cut(name)}" got invalid value${placeOf(path)}; ${cut(message)}`, definition);
        const { short, long } = withoutLongLists(value, type);
        const read = coerceInputValue(short, type, (path, _, { message }) => failAt(path, message));
        coerced[name] = read;
        for (const list of long) later.push(() => readLongList(list, read, failAt, pace));
      }
    }
  } catch (error) {
    if (error !== STOP) throw error;
  }
  const result = () => (errors.length > 0 ? errors : { given, coerced });
  return later.length === 0 || errors.length >= MAX_ERRORS ? result() : readLater(later).then(result);
}

/** @throws what reading throws, but for the sign that there are enough errors. */
async function readLater(later: readonly (() => Promise<void>)[]): Promise<void> {
  try {
    for (const read of later) await read();
  } catch (error) {
    if (error !== STOP) throw error;
  }
}

type Path = readonly (string | number)[];

/** Items of a list that are read before others get a turn: each may be a transaction with a dozen fields. */
const ITEMS_A_SLICE = 100;

/** A list that is read by itself, and its field of the value; null: the value is the list. */
interface LongList {
  field: string | null;
  items: readonly unknown[];
  type: GraphQLList<GraphQLInputType>;
}

/** A value with empty lists in place of the long ones, and these. */
function withoutLongLists(value: unknown, type: GraphQLInputType): { short: unknown; long: LongList[] } {
  const bare = getNullableType(type);
  if (isLong(value, bare)) return { short: [], long: [{ field: null, items: value, type: bare as LongList['type'] }] };
  if (!isInputObjectType(bare) || !isPlain(value)) return { short: value, long: [] };
  const short: Record<string, unknown> = { ...value };
  const long: LongList[] = [];
  for (const { name: field, type } of Object.values(bare.getFields())) {
    const [items, list] = [short[field], getNullableType(type)];
    if (!isLong(items, list)) continue;
    short[field] = [];
    long.push({ field, items, type: list as LongList['type'] });
  }
  return { short: long.length > 0 ? short : value, long };
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isLong = (value: unknown, type: GraphQLInputType): value is readonly unknown[] =>
  isListType(type) && Array.isArray(value) && value.length > ITEMS_A_SLICE;

/** Reads a list in slices, into the empty list that stands for it. @throws what `failAt` throws. */
async function readLongList(
  { field, items, type }: LongList,
  owner: unknown,
  failAt: (path: Path, message: string) => void,
  pace: () => Promise<void>,
): Promise<void> {
  const into = (field === null ? owner : (owner as Record<string, unknown>)[field]) as unknown[];
  for (let first = 0; first < items.length; first += ITEMS_A_SLICE) {
    await pace();
    const slice = items.slice(first, first + ITEMS_A_SLICE);
    const read = coerceInputValue(slice, type, ([at, ...rest], _, { message }) => {
      failAt([...(field === null ? [] : [field]), first + Number(at), ...rest], message);
    });
    into.push(...(read as unknown[]));
  }
}

/** The path to a fault within a value, such as ` at "transactions.3.salt"`. */
function placeOf(path: Path): string {
  return path.length === 0 ? '' : ` at "${cut(path.map((key) => cut(String(key))).join('.'))}"`;
}
