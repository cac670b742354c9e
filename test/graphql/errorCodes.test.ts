/** The codes of errors are those that the schema describes. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSchema, type GraphQLEnumType } from 'graphql';
import { expect, it } from 'vitest';
import { problem } from '../../src/graphql/errors.ts';
import type { ErrorCode } from '../../src/graphql/generated/resolvers.ts';

const pathOf = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const schema = buildSchema(readFileSync(pathOf('schema.graphql'), 'utf8'));
const values = (schema.getType('ErrorCode') as GraphQLEnumType).getValues();
const described = values.map(({ name }) => name);

/** Codes given to errors in the sources: of `problem(…)`, of refusals, and of the limits on documents. */
function codesIn(folder: string): string[] {
  const names = readdirSync(pathOf(folder), { recursive: true, encoding: 'utf8' });
  const texts = names
    .filter((name) => name.endsWith('.ts') && !name.includes('generated') && name !== 'readiness.ts')
    .map((name) => readFileSync(`${pathOf(folder)}/${name}`, 'utf8'));
  const found = texts.flatMap((text) => [
    ...text.matchAll(/\b(?:problem\(|code: |limit\(\w+, |withCode\(\w+, |saying\()\s*'([A-Z_]+)'/g),
  ]);
  return [...new Set(found.map(([, code = '']) => code))];
}

it('the schema describes every error code that the API gives', () => {
  const given = [...codesIn('src/graphql'), ...codesIn('src/http')];
  expect(given.length).toBeGreaterThan(30);
  expect(given.filter((code) => !described.includes(code))).toEqual([]);
});

it('errors are retryable where the description of their code says so', () => {
  const said = values.filter(({ description }) => /\bRetryable\b/.test(description ?? '')).map(({ name }) => name);
  const are = described.filter((code) => problem(code as ErrorCode, '').extensions.retryable);
  expect(are).toEqual(said);
});
