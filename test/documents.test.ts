/** What the documents say of the tree, the packages and one another is compared with what is there. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');

/** The CHANGELOG and the history tell of what was: files in them may be gone. */
const DOCUMENTS = ['README.md', 'README.zh-CN.md', 'CONTRIBUTING.md', 'AGENTS.md'].concat(
  readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
);

describe('the tree in docs/ARCHITECTURE.md', () => {
  it('has each folder and file of `ls src`, and the folders in them', () => {
    const block = /^## The tree\n\n```\n([\s\S]*?)^```/m.exec(read('docs/ARCHITECTURE.md'))?.[1] ?? '';
    expect(treeOf(block).sort()).toEqual(directoryOf('src').sort());
  });
});

/** The names under `src/` of a drawing in which a deeper folder stands further to the right. */
function treeOf(drawing: string): string[] {
  const names: string[] = [];
  let room = '';
  for (const line of drawing.split('\n')) {
    const [, indent = '', name = ''] = /^( *)(\S+)/.exec(line) ?? [];
    if (indent.length === 0) room = name === 'src/' ? '' : 'elsewhere';
    else if (room === 'elsewhere') continue;
    else if (indent.length === 2) {
      room = name;
      names.push(name);
    } else if (indent.length === 4) names.push(room + name);
  }
  return names;
}

/** Files and folders of a folder, and the folders in those; generated code is not in the repository. */
function directoryOf(name: string): string[] {
  const entries = readdirSync(join(ROOT, name), { withFileTypes: true });
  return entries.flatMap((entry) => {
    if (!entry.isDirectory()) return [entry.name];
    const inside = readdirSync(join(ROOT, name, entry.name), { withFileTypes: true });
    const folders = inside.filter((inner) => inner.isDirectory() && inner.name !== 'generated');
    return [`${entry.name}/`, ...folders.map((inner) => `${entry.name}/${inner.name}/`)];
  });
}

describe('the packages in docs/ARCHITECTURE.md', () => {
  const rows =
    /^## Dependencies\n([\s\S]*?)\n\*\*Overrides/m.exec(read('docs/ARCHITECTURE.md'))?.[1]?.split('\n') ?? [];
  const named = rows.flatMap((row) => packagesOf(row.split('|')[1] ?? ''));
  const { dependencies, devDependencies } = JSON.parse(read('package.json'));
  const installed = Object.keys({ ...dependencies, ...devDependencies });

  it('are those that package.json names', () => {
    expect(named.filter((name) => !installed.includes(name) && name !== '@types/*')).toEqual([]);
    expect(installed.filter((name) => !named.includes(name) && !name.startsWith('@types/'))).toEqual([]);
  });
});

const packagesOf = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

describe.each(DOCUMENTS)('%s', (document) => {
  it('names files by their paths, from the root or from src/, and all of them exist; every room has a ports.ts', () => {
    const missing = [...read(document).matchAll(/`([\w./-]+\.tsx?)`/g)]
      .map(([, name = '']) => name)
      .filter((name) => name !== 'ports.ts' && ![name, `src/${name}`].some((path) => existsSync(join(ROOT, path))));
    expect(missing).toEqual([]);
  });

  it('has links whose targets exist', () => {
    const broken = [...read(document).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target) && !leads(document, target));
    expect(broken).toEqual([]);
  });
});

function leads(document: string, target: string): boolean {
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? document : join(dirname(document), file);
  if (!existsSync(join(ROOT, path))) return false;
  return anchor === undefined || anchorsOf(read(path)).includes(decodeURIComponent(anchor));
}

/** The names that GitHub gives to the headings of a text. */
function anchorsOf(text: string): string[] {
  const headings = withoutCode(text).matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

const FENCE = /^```(\w*)\n([\s\S]*?)^```\n?/gm;
const withoutCode = (text: string) => text.replace(FENCE, '');

describe('README.zh-CN.md', () => {
  const english = read('README.md');
  const chinese = read('README.zh-CN.md');

  it('has the headings of README.md', () => {
    const levels = (text: string) => [...withoutCode(text).matchAll(/^#+(?= )/gm)].map(([level]) => level);
    expect(levels(chinese)).toEqual(levels(english));
  });

  it('has its commands and programs, but for names, texts and comments', () => {
    const blocks = (text: string) => [...text.matchAll(FENCE)].map(([, language, code = '']) => ({ language, code }));
    const [ours, theirs] = [blocks(english), blocks(chinese)];
    expect(theirs.map(({ language }) => language)).toEqual(ours.map(({ language }) => language));
    const different = theirs.flatMap(({ code }, i) => differences(ours[i]?.code ?? '', code));
    expect(different).toEqual([]);
  });

  it('has its tables, row by row, with the same code in them', () => {
    const rows = (text: string) =>
      withoutCode(text)
        .split('\n')
        .filter((line) => line.startsWith('|'))
        .map((line) => ({ cells: line.split('|').length, code: (line.match(/`[\x20-\x7e]+?`/g) ?? []).sort() }));
    expect(rows(chinese)).toEqual(rows(english));
  });
});

/** Lines of the translation that are not the original's. Where the translation has Chinese, the original has any text. */
function differences(original: string, translated: string): string[] {
  const lines = (code: string) => code.split('\n').map((line) => line.replace(/(^| )(\/\/|#) .*$/, ''));
  const [ours, theirs] = [lines(original), lines(translated)];
  return theirs
    .filter((line, i) => !patternOf(line).test(ours[i] ?? ''))
    .concat(theirs.length === ours.length ? [] : ['…']);
}

function patternOf(line: string): RegExp {
  const parts = line.split(/[^ -~]+/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.+')}$`);
}

describe('the repository', () => {
  it('has one document for each language of the README, and this test covers each of them', () => {
    const tracked = execFileSync('git', ['ls-files', '*.md'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
    const known = (name: string) => DOCUMENTS.includes(name) || /^(CHANGELOG\.md|docs\/history\/|bench\/)/.test(name);
    expect(tracked.filter((name) => !known(name))).toEqual([]);
  });
});

describe('docs/APPLICATIONS.md', () => {
  it('says of every code of the client what it means', () => {
    const [, union = ''] = /^export type ClientErrorCode =\n([\s\S]*?;)$/m.exec(read('src/client/errors.ts')) ?? [];
    const codes = [...union.matchAll(/\| '(\w+)'/g)].map(([, code = '']) => code);
    expect(codes.length).toBeGreaterThan(10);
    const rows = read('docs/APPLICATIONS.md')
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    expect(codes.filter((code) => !rows.some((row) => row.includes(`\`${code}\``)))).toEqual([]);
  });
});
