import { describe, expect, test } from 'vitest';
import { RuleError } from '../../src/domain/errors.ts';
import { NODE_OPTIONS } from '../../src/options/node.ts';
import { UsageError } from '../../src/options/table.ts';
import { StoreError } from '../../src/store/storeError.ts';
import { Captured, stele } from './harness.ts';

const COMMANDS = [
  ['start'],
  ['post'],
  ['mine'],
  ['show'],
  ['show', 'tip'],
  ['show', 'block'],
  ['show', 'transaction'],
  ['show', 'author'],
  ['watch'],
  ['peers'],
  ['add-peer'],
  ['remove-peer'],
  ['resync'],
  ['keys'],
  ['keys', 'list'],
  ['keys', 'export'],
  ['keys', 'import'],
  ['found'],
  ['export'],
  ['import'],
  ['verify'],
  ['receipt'],
  ['verify-receipt'],
  ['listing'],
  ['verify-listing'],
  ['withhold'],
  ['restore'],
  ['withholdings'],
  ['completion'],
];

describe('help', () => {
  test.each(COMMANDS)('of %s %s ends with an example', async (...command) => {
    const { code, stdout, stderr } = await stele([...command, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: stele ${command.join(' ')}`));
    expect(stdout).toMatch(/\nExamples?:\n {2}\$ /);
  });

  test('names every flag with its default and variable', async () => {
    const { stdout } = await stele(['start', '--help']);
    const text = stdout.replace(/\s+/g, ' ');
    for (const { flags, variable } of Object.values(NODE_OPTIONS)) {
      if (flags !== null) expect(text).toContain(flags);
      expect(text).toContain(variable);
    }
    expect(text).toContain('--port <number> TCP port to listen on; 0 takes any free one (default: 4000; STELE_PORT)');
  });

  test('knows all commands', async () => {
    const { code, stdout } = await stele(['--help']);
    expect(code).toBe(0);
    for (const [command] of COMMANDS) expect(stdout).toContain(`\n  ${command} `);
  });
});

test('the version is that of the package', async () => {
  expect(await stele(['--version'])).toEqual({ code: 0, stdout: '1.2.3\n', stderr: '' });
});

test.each([
  [['strat'], /^error: unknown command 'strat'\n\(Did you mean start\?\)/],
  [['start', '--prot', '1'], /^error: unknown option '--prot'/],
  [['start', 'now'], /^error: too many arguments/],
  [['start', '--port', 'x'], /^error: --port: must be a whole number/],
  [['post', 'alice'], /^error: missing required argument 'content'/],
  [['mine', '--blocks', '0'], /^error: option '--blocks <number>' argument '0' is invalid\. It must be/],
  [['found'], /^error: required option '--name <name>' not specified/],
  [['show', 'block', 'x'], /^error: A block is named by/],
  [['show', 'transaction', 'x'], /^error: A post is named by/],
  [[], /^Usage: stele/],
])('a mistake ends with 1 and says so: %j', async (args, message) => {
  const { code, stdout, stderr } = await stele(args);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(message);
});

describe('an error of a command', () => {
  const failing = (error: unknown) => stele(['start'], { dependencies: { startNode: () => Promise.reject(error) } });

  test.each([
    [new StoreError('in-use', 'Another node is using it.'), 'error: Another node is using it.\n'],
    [new UsageError('So not.'), 'error: So not.\n'],
    [new RuleError('time-too-old', 'too old'), 'error: too old\n'],
    [
      Object.assign(new Error('ENOENT: no such file'), { syscall: 'open', code: 'ENOENT' }),
      'error: ENOENT: no such file\n',
    ],
  ])('is a line and 1 where its user can help it: %s', async (error, stderr) => {
    expect(await failing(error)).toEqual({ code: 1, stdout: '', stderr });
  });

  test.each([new TypeError('x is not a function'), 'a text', undefined])(
    'is all there is and 70 where it is our fault',
    async (error) => {
      const { code, stderr } = await failing(error);
      expect(code).toBe(70);
      expect(stderr).toContain(error instanceof Error ? `TypeError: ${error.message}\n    at ` : String(error));
    },
  );

  test('is red on a terminal', async () => {
    const stderr = new Captured();
    stderr.isTTY = true;
    const dependencies = { startNode: () => Promise.reject(new UsageError('So not.')) };
    await stele(['start'], { stderr, dependencies });
    expect(stderr.text).toMatch(/error:.* So not\.\n$/);
  });
});
