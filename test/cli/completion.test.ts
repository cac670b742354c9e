/** The completions, as the shells that they are for complete with them. */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/directories.ts';
import { stele } from './harness.ts';

/** What bash offers after these words; the last one is being typed. */
async function bashOffers(...words: string[]): Promise<string[]> {
  const file = join(temporaryDirectory(), 'stele.bash');
  writeFileSync(file, (await stele(['completion', 'bash'])).stdout);
  const script = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _stele; printf "%s\\n" "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync('bash', ['-c', script, file, 'stele', ...words], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.split('\n').filter((line) => line !== '');
}

describe.skipIf(!existsSync('/bin/bash'))('bash', () => {
  test('the shell completes commands', async () => {
    expect(await bashOffers('sh')).toEqual(['show']);
    expect(await bashOffers('show', '')).toEqual(['tip', 'block', 'transaction', 'author', '--help']);
    expect(await bashOffers('keys', 'e')).toEqual(['export']);
  });

  test('the shell completes options, also after an argument that is text', async () => {
    expect(await bashOffers('start', '--log')).toEqual(['--log-level']);
    expect(await bashOffers('post', 'alice', 'show me', '--top')).toEqual(['--topic']);
  });

  test('the shell completes files where an argument may be one', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'village.json'), '');
    expect(await bashOffers('start', '--network', join(directory, 'v'))).toEqual([join(directory, 'village.json')]);
    expect(await bashOffers('import', join(directory, 'v'))).toEqual([join(directory, 'village.json')]);
  });

  test('the shell completes choices', async () => {
    expect(await bashOffers('completion', 'z')).toEqual(['zsh']);
  });
});

describe('zsh', () => {
  test('is offered every command with what it does', async () => {
    const { code, stdout } = await stele(['completion', 'zsh']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^#compdef stele\n/);
    expect(stdout).toContain("'post:post a text, signed by the node'\\''s own key for the author (operator)'");
  });

  test.skipIf(!existsSync('/usr/bin/zsh'))('completes commands and options', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, '_stele'), (await stele(['completion', 'zsh'])).stdout);
    // The shell's own functions give way to one that prints what is offered.
    const script = `compdef() { :; }; source ${directory}/_stele; _files() { :; }
      _describe() { print -l -- \${offered%%:*}; }; words=(stele "$@"); CURRENT=$#words; _stele`;
    const run = (...typed: string[]) => spawnSync('zsh', ['-f', '-c', script, 'zsh', ...typed], { encoding: 'utf8' });
    expect(run('show', '')).toMatchObject({ stderr: '', stdout: 'tip\nblock\ntransaction\nauthor\n--help\n' });
    expect(run('found', '').stdout.split('\n')).toContain('--half-life');
  });

  test('an unknown shell is refused', async () => {
    expect(await stele(['completion', 'fish'])).toMatchObject({ code: 1, stdout: '' });
  });
});
