/** What a GraphQL schema defines without a description. */
import { type ASTNode, Kind, parse, visit } from 'graphql';

/** Definitions that a reader of the API looks up. Everything else in a schema is part of one of them. */
const DESCRIBED: ReadonlySet<string> = new Set([
  Kind.SCALAR_TYPE_DEFINITION,
  Kind.OBJECT_TYPE_DEFINITION,
  Kind.INTERFACE_TYPE_DEFINITION,
  Kind.UNION_TYPE_DEFINITION,
  Kind.ENUM_TYPE_DEFINITION,
  Kind.INPUT_OBJECT_TYPE_DEFINITION,
  Kind.DIRECTIVE_DEFINITION,
  Kind.FIELD_DEFINITION,
  Kind.INPUT_VALUE_DEFINITION,
  Kind.ENUM_VALUE_DEFINITION,
]);
/** The types whose fields are the operations. Their names need no explanation. */
const ROOTS: ReadonlySet<string> = new Set(['Query', 'Mutation', 'Subscription']);

/** Paths such as `Query.chain(first:)` of types, fields, arguments, input fields and enum values without a description. */
export function findUndescribed(schema: string): string[] {
  const missing: string[] = [];
  const path: string[] = [];
  visit(parse(schema), {
    enter(node) {
      if (!DESCRIBED.has(node.kind)) return;
      const name = nameOf(node);
      const parent = path.at(-1) ?? '';
      path.push(
        node.kind === Kind.INPUT_VALUE_DEFINITION && parent.includes('.') ? `${parent}(${name}:)` : join(parent, name),
      );
      const { description } = node as { description?: { value: string } };
      if (!description?.value.trim() && !ROOTS.has(name)) missing.push(path.at(-1) as string);
    },
    leave(node) {
      if (DESCRIBED.has(node.kind)) path.pop();
    },
  });
  return missing;
}

function nameOf(node: ASTNode): string {
  return (node as { name: { value: string } }).name.value;
}

function join(parent: string, name: string): string {
  return parent === '' ? name : `${parent}.${name}`;
}
