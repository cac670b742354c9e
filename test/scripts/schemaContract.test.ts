/** Changes of the schema that break what others have built. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { compareWithRelease, untoldChanges } from '../../scripts/schemaContract.ts';
import { temporaryDirectory } from '../support/directories.ts';

const RELEASED = `
  enum Mood { GOOD BAD @deprecated(reason: "say GOOD") }
  type Query { mood(of: String): Mood old: Int @deprecated(reason: "ask mood") }`;

const changes = (now: string, notes = '') => untoldChanges(buildSchema(RELEASED), buildSchema(now), notes);

describe('a schema', () => {
  it('may grow', () => {
    expect(changes(RELEASED)).toEqual([]);
    expect(changes(RELEASED.replace('old: Int', 'new(first: Int): Int old: Int'))).toEqual([]);
  });

  const withoutOld = RELEASED.replace(/old: Int.*?\)/, '');

  it('may lose what was deprecated, once the notes say so', () => {
    expect(changes(withoutOld)).toEqual([expect.stringMatching(/name `Query\.old` in the CHANGELOG$/)]);
    expect(changes(withoutOld, '- `Query.old` is gone: ask `mood`.')).toEqual([]);
    expect(changes(RELEASED.replace(/BAD.*?\)/, ''), '- `Mood.BAD` is gone.')).toEqual([]);
  });

  it('may not lose what was not deprecated', () => {
    const now = RELEASED.replace('mood(of: String): Mood', '');
    expect(changes(now, '- `Query.mood` is gone.')).toEqual([
      expect.stringMatching(/deprecate it in a release before$/),
    ]);
  });

  it.each([
    ['an argument that must be given', RELEASED.replace('of: String', 'of: String!'), 'Query.mood'],
    ['another type of a field', RELEASED.replace('): Mood', '): String'), 'Query.mood'],
    ['an argument less', RELEASED.replace('(of: String)', ''), 'Query.mood'],
    ['a type less', 'type Query { mood(of: String): String old: Int }', 'Mood'],
  ])('breaks by %s', (_, now, name) => {
    expect(changes(now).join('\n')).toContain(`name \`${name}\` in the CHANGELOG`);
    expect(changes(now, 'It breaks: `Query.mood`, `Mood`, `Mood.BAD`')).toEqual([]);
  });
});

it('our own schema keeps the contract of its newest release, except what the notes of the next version name', () => {
  const root = temporaryDirectory();
  const as = ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'commit.gpgsign=false', '-c', 'tag.gpgsign=false'];
  const git = (...args: string[]) => execFileSync('git', [...as, ...args], { cwd: root, stdio: 'pipe' });
  const write = (schema: string, notes: string) => {
    writeFileSync(join(root, 'schema.graphql'), schema);
    writeFileSync(
      join(root, 'CHANGELOG.md'),
      `# Changelog\n\n## [Unreleased]\n\n${notes}\n\n## [0.1.0]\n\n- \`Query.node\`\n`,
    );
  };
  const schema = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8');
  git('init', '-q');
  write(schema, '');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  expect(compareWithRelease(root)).toEqual({ release: null, untold: [] });
  git('tag', 'v0.1.0');
  expect(compareWithRelease(root)).toEqual({ release: 'v0.1.0', untold: [] });
  // What earlier versions' notes say does not count.
  const broken = schema.replace('  node: Node!', '  node: Node');
  write(broken, '');
  expect(compareWithRelease(root).untold).toEqual([expect.stringContaining('name `Query.node` in the CHANGELOG')]);
  write(broken, '- `Query.node` may be null.');
  expect(compareWithRelease(root).untold).toEqual([]);
  // A release of the future is the one to keep to.
  git('commit', '-qam', 'second');
  git('tag', 'v0.10.0');
  expect(compareWithRelease(root)).toEqual({ release: 'v0.10.0', untold: [] });
});
