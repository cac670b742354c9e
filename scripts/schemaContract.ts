/**
 * The schema as a contract with those who have built upon the last release: what breaks their documents stands in the CHANGELOG,
 * and what is removed was deprecated before. The last release is the newest tag `v…` below the commit.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  buildSchema,
  findBreakingChanges,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isObjectType,
} from 'graphql';

/**
 * One line for each breaking change that nobody was told of.
 * @param notes what the CHANGELOG says of the version to come.
 */
export function untoldChanges(released: GraphQLSchema, now: GraphQLSchema, notes: string): string[] {
  return findBreakingChanges(released, now).flatMap(({ type, description }) => {
    // A scalar of GraphQL's own that nothing uses any more is a consequence of a change that is told of by itself.
    if (description.startsWith('Standard scalar')) return [];
    const name = coordinateOf(description);
    if (!notes.includes(`\`${name}\``)) return [`${description} (${type}): name \`${name}\` in the CHANGELOG`];
    const isRemoved = ['FIELD_REMOVED', 'VALUE_REMOVED_FROM_ENUM'].includes(type);
    return isRemoved && !isDeprecated(released, name) ? [`${description}: deprecate it in a release before`] : [];
  });
}

/** What a change is of, as `Type.name` or `Type`. */
function coordinateOf(description: string): string {
  const [, value, type] = /^(\w+) was removed from enum type (\w+)/.exec(description) ?? [];
  if (value !== undefined) return `${type}.${value}`;
  const [name = description] = description.match(/\b[A-Z]\w*\.\w+|\b(?!An?\b|The\b)[A-Z]\w*/g) ?? [];
  return name;
}

/** Whether a field or an enum value, as `Type.name`, was marked as going. */
function isDeprecated(schema: GraphQLSchema, coordinate: string): boolean {
  const [typeName = '', name = ''] = coordinate.split('.');
  const type = schema.getType(typeName);
  if (isEnumType(type)) return type.getValue(name)?.deprecationReason != null;
  return (isObjectType(type) || isInputObjectType(type)) && type.getFields()[name]?.deprecationReason != null;
}

/**
 * Compares the schema of a checkout with that of its last release, the newest tag `v…` below the commit.
 * @returns that tag, null before the first release, and a line for each breaking change that the CHANGELOG does not tell.
 */
export function compareWithRelease(root: string): { release: string | null; untold: string[] } {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const tags = git('tag', '--list', 'v*', '--merged', 'HEAD', '--sort=-version:refname').trim();
  const release = tags.split('\n')[0] || null;
  if (release === null) return { release, untold: [] };
  const [, notes = ''] =
    /^## \[Unreleased\]\n(.*?)(?=^## |$(?![\s\S]))/ms.exec(readFileSync(join(root, 'CHANGELOG.md'), 'utf8')) ?? [];
  const now = buildSchema(readFileSync(join(root, 'schema.graphql'), 'utf8'));
  return { release, untold: untoldChanges(buildSchema(git('show', `${release}:schema.graphql`)), now, notes) };
}

function main(): void {
  const { release, untold } = compareWithRelease(fileURLToPath(new URL('..', import.meta.url)));
  if (release === null) {
    process.stdout.write('No release yet: there is no schema that anybody may rely on.\n');
    return;
  }
  for (const line of untold) process.stdout.write(`${line}\n`);
  process.stdout.write(
    `${untold.length === 0 ? 'Nothing breaks' : `${untold.length} changes break`} what ${release} promised.\n`,
  );
  if (untold.length > 0) process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
