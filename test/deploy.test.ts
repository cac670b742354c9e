/** The files of deploy/ as the programs that read them see them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SYSTEMD = '/usr/bin/systemd-analyze';

const verify = (...units: string[]) => spawnSync(SYSTEMD, ['verify', ...units], { cwd: ROOT, encoding: 'utf8' });

describe.skipIf(!existsSync(SYSTEMD))('deploy/stele.service', () => {
  const analyse = (...args: string[]) =>
    spawnSync(SYSTEMD, [...args, 'deploy/stele.service'], { cwd: ROOT, encoding: 'utf8' });

  it.each([
    ['it', ['deploy/stele.service']],
    ['its backup, and the timer of that,', ['deploy/stele-backup.service', 'deploy/stele-backup.timer']],
  ])('%s is one that systemd understands', (_, units) => {
    const { status, stderr } = verify(...units);
    // Where the program is not installed, systemd says so, and that is all.
    expect(stderr.split('\n').filter((line) => line !== '' && !/not executable|No such file/.test(line))).toEqual([]);
    expect([0, 1]).toContain(status);
  });

  it('the systemd unit has an exposure of 3.0 at most, by systemd-analyze', () => {
    const { status, stdout } = analyse('security', '--offline=true', '--threshold=30', '--no-pager');
    expect({ status, last: stdout.trim().split('\n').at(-1) }).toEqual({
      status: 0,
      last: expect.stringMatching(/^→ Overall exposure level for stele\.service: [0-2]\.\d/),
    });
  });
});

describe('deploy/Containerfile', () => {
  const text = readFileSync(`${ROOT}/deploy/Containerfile`, 'utf8').replace(/\\\n/g, ' ');
  const tracked = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' }).split('\n');

  it('copies files that exist, or that its first stage makes', () => {
    const copies = [...text.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, names = '']) => names.split(' '));
    expect(copies.length).toBeGreaterThan(1);
    for (const name of copies) expect(name === '.' || tracked.includes(name), name).toBe(true);
    const made = [...text.matchAll(/^COPY --from=build \S+ (.*) \S+$/gm)].flatMap(([, names = '']) => names.split(' '));
    // All that the package has, but for what nobody reads there.
    const { files } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as { files: string[] };
    const needed = files.filter((name) => !/^!|^(deploy|docs|CHANGELOG\.md)$/.test(name));
    expect(made.map((name) => name.replace('/src/', '')).sort()).toEqual(
      [...needed, 'package.json', 'node_modules'].sort(),
    );
  });

  it('runs as an unprivileged user, and checks the health of the node', () => {
    expect(text).toMatch(/^USER stele$/m);
    const [, command = '[]'] = /^HEALTHCHECK .*? CMD (.*)$/m.exec(text) ?? [];
    const [, , program] = JSON.parse(command) as string[];
    // Nobody listens on the port that the variable names.
    expect(spawnSync('node', ['-e', program ?? ''], { env: { ...process.env, STELE_PORT: '1' } }).status).toBe(1);
  });
});
