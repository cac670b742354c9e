/** Files and functions of `src/` that are longer than the style allows. Generated code and the texts of the page may be. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'vite';

export const MAX_FILE_LINES = 250;
export const MAX_FUNCTION_LINES = 60;

/** Paths of generated code and of the page's texts, relative to `src/`. */
const EXEMPT = /(^|\/)generated\/|^web\/app\/i18n\/(en|zh)\.ts$/;
/** TypeScript. The mining kernel is AssemblyScript, which the parser does not read. */
const CODE = /^(?!miner\/kernel\/).*\.tsx?$/;
const TEXT = /\.(tsx?|css|html|graphql)$/;

/** A file, or a function within it, with its length in lines. */
export interface TooLong {
  /** The path relative to `src/`; for a function followed by a space and its name. */
  name: string;
  lines: number;
}

interface SyntaxNode {
  type: string;
  start: number;
  end: number;
}

/** Everything under `directory` that is too long, files first. */
export function findTooLong(directory: string): TooLong[] {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => TEXT.test(name) && !EXEMPT.test(name))
    .sort();
  const texts = names.map((name) => ({ name, text: readFileSync(join(directory, name), 'utf8') }));
  const files = texts.map(({ name, text }) => ({ name, lines: lineAt(text, text.length - 1) }));
  const functions = texts.filter(({ name }) => CODE.test(name)).flatMap(({ name, text }) => functionsOf(name, text));
  return [
    ...files.filter(({ lines }) => lines > MAX_FILE_LINES),
    ...functions.filter(({ lines }) => lines > MAX_FUNCTION_LINES),
  ];
}

/** Every function, method and arrow function of a source text. A function's lines include those of functions inside it. */
export function functionsOf(file: string, text: string): TooLong[] {
  const found: TooLong[] = [];
  const visit = (node: SyntaxNode, name: string) => {
    const own = nameOf(node) ?? name;
    if (/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type)) {
      found.push({ name: `${file} ${own}`, lines: lineAt(text, node.end) - lineAt(text, node.start) + 1 });
    }
    for (const value of Object.values(node)) for (const child of childrenOf(value)) visit(child, own);
  };
  visit(parseAst(text, { lang: file.endsWith('x') ? 'tsx' : 'ts' }) as unknown as SyntaxNode, '(anonymous)');
  return found;
}

/** The name that a node gives to itself, or to the function that is its value. */
function nameOf(node: SyntaxNode): string | undefined {
  const { id, key } = node as { id?: { name?: string } | null; key?: { name?: string } };
  return id?.name ?? key?.name;
}

function childrenOf(value: unknown): SyntaxNode[] {
  const values = Array.isArray(value) ? value : [value];
  return values.filter((one) => typeof one === 'object' && one !== null && typeof one.type === 'string');
}

/** Number of the line, from 1, in which the character before an offset lies. */
function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}
