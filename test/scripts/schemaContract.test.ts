/** Changes of the schema that break what others have built. */
import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { untoldChanges } from '../../scripts/schemaContract.ts';

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

  it('loses what was deprecated, once that is told', () => {
    expect(changes(withoutOld)).toEqual([expect.stringMatching(/name `Query\.old` in the CHANGELOG$/)]);
    expect(changes(withoutOld, '- `Query.old` is gone: ask `mood`.')).toEqual([]);
    expect(changes(RELEASED.replace(/BAD.*?\)/, ''), '- `Mood.BAD` is gone.')).toEqual([]);
  });

  it('does not lose what was not', () => {
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
