/**
 * Writes src/mempool/unicodeTables.ts: what the policy about names knows of characters, from Unicode's own data in the
 * version of the package. The version is no newer than any runtime's, so that all of them treat these characters alike.
 *
 *   npx tsx scripts/unicode.ts           writes the file
 *   npx tsx scripts/unicode.ts --check   exits with 1 when the file is not what would be written
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Range {
  begin: number;
  end: number;
}

const PACKAGE = '@unicode/unicode-15.1.0';
const ROOT = dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`));
const FILE = fileURLToPath(new URL('../src/mempool/unicodeTables.ts', import.meta.url));

/** Properties by the names that the tables give them. */
const PROPERTIES = {
  unassigned: 'General_Category/Unassigned',
  privateUse: 'General_Category/Private_Use',
  noncharacter: 'Binary_Property/Noncharacter_Code_Point',
  control: 'General_Category/Control',
  format: 'General_Category/Format',
  letter: 'General_Category/Letter',
  mark: 'General_Category/Mark',
  decimal: 'General_Category/Decimal_Number',
  ignorable: 'Binary_Property/Default_Ignorable_Code_Point',
  bidiControl: 'Binary_Property/Bidi_Control',
  whiteSpace: 'Binary_Property/White_Space',
  emoji: 'Binary_Property/Emoji',
  pictographic: 'Binary_Property/Extended_Pictographic',
  virama: 'Indic_Syllabic_Category/Virama',
  joinsLeft: 'Joining_Type/Left_Joining',
  joinsBoth: 'Joining_Type/Dual_Joining',
  joinsRight: 'Joining_Type/Right_Joining',
  transparent: 'Joining_Type/Transparent',
};

/** Each range as its distance from the end of the one before, and its length, in base 36. */
async function rangesOf(property: string): Promise<string> {
  const { default: ranges } = (await import(join(ROOT, property, 'ranges.mjs'))) as { default: Range[] };
  let last = 0;
  return ranges
    .map(({ begin, end }) => {
      const text = `${(begin - last).toString(36)} ${(end - begin).toString(36)}`;
      last = end;
      return text;
    })
    .join(',');
}

async function tableOf(properties: [name: string, property: string][]): Promise<string> {
  const lines = properties.map(async ([name, property]) => `  ${name}:\n    '${await rangesOf(property)}',`);
  return (await Promise.all(lines)).join('\n');
}

const scripts = readdirSync(join(ROOT, 'Script_Extensions'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }): [string, string] => [name, `Script_Extensions/${name}`]);

const text = `/** Written by scripts/unicode.ts from ${PACKAGE}. Ranges: distance from the one before, and length, in base 36. */
export const PROPERTIES = {
${await tableOf(Object.entries(PROPERTIES))}
};

/** Script_Extensions: the scripts that a character is used in. */
export const SCRIPTS = {
${await tableOf(scripts)}
};
`;

if (process.argv.includes('--check')) process.exitCode = readFileSync(FILE, 'utf8') === text ? 0 : 1;
else writeFileSync(FILE, text);
