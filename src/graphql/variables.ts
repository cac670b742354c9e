/**
 * Checks the variables of an operation before anything is counted or executed.
 *
 * graphql-js quotes the whole value in each error and goes on to the last one, so thousands of unknown keys beside one
 * long text make gigabytes of messages. Here the check stops at the first few faults, and a message quotes nothing but
 * what graphql-js says of one leaf.
 */
import {
  coerceInputValue,
  type GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputType,
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

/** @returns the variables, or the first faults, at most {@link MAX_ERRORS}, with messages of bounded length. */
export function checkVariables(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
  values: Variables,
): CheckedVariables | GraphQLError[] {
  const errors: GraphQLError[] = [];
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
        coerced[name] = coerceInputValue(value, type, (path, _, error) => {
          fail(`Variable "$${cut(name)}" got invalid value${placeOf(path)}; ${cut(error.message)}`, definition);
        });
      }
    }
  } catch (error) {
    if (error !== STOP) throw error;
  }
  return errors.length > 0 ? errors : { given, coerced };
}

/** The path to a fault within a value, such as ` at "transactions.3.salt"`. */
function placeOf(path: readonly (string | number)[]): string {
  return path.length === 0 ? '' : ` at "${cut(path.map((key) => cut(String(key))).join('.'))}"`;
}
