/** Exports of a TypeScript module, and public members of its exported classes, without a docstring. */
import { parseAst } from 'vite';

interface SyntaxNode {
  type: string;
  start: number;
  id?: { name: string } | null;
  key?: SyntaxNode & { name?: string };
  kind?: string;
  accessibility?: string;
  declaration?: SyntaxNode | null;
  declarations?: SyntaxNode[];
  body?: SyntaxNode[] | { body: SyntaxNode[] };
}

const DECLARES = /^(Function|Class|TSInterface|TSTypeAlias|Variable)Declaration$/;
const MEMBER = /^(MethodDefinition|TSMethodSignature)$/;

/** Names such as `SteleClient.post`, in the order of the file. What is exported again from elsewhere is documented there. */
export function findUndocumented(text: string): string[] {
  const { body } = parseAst(text, { lang: 'ts' }) as unknown as { body: SyntaxNode[] };
  const isDocumented = ({ start }: SyntaxNode) => text.slice(0, start).trimEnd().endsWith('*/');
  return body.flatMap((statement) => {
    const { declaration } = statement;
    if (statement.type !== 'ExportNamedDeclaration' || !declaration || !DECLARES.test(declaration.type)) return [];
    const name = (declaration.declarations?.[0] ?? declaration).id?.name ?? '(anonymous)';
    const undocumented = membersOf(declaration).filter((member) => !isDocumented(member));
    return [
      ...(isDocumented(statement) ? [] : [name]),
      ...undocumented.map(({ key }) => `${name}.${key?.name ?? '(computed)'}`),
    ];
  });
}

/** Methods and accessors that callers see. A constructor is explained with its class. */
function membersOf({ body }: SyntaxNode): SyntaxNode[] {
  const members = Array.isArray(body) ? body : (body?.body ?? []);
  return members.filter(
    ({ type, key, kind, accessibility }) =>
      MEMBER.test(type) && kind !== 'constructor' && key?.type !== 'PrivateIdentifier' && accessibility !== 'private',
  );
}
