/**
 * `npm run release`: what a release is made of, out of a clean clone of the commit that is checked out, in `release/`: the
 * package, its bill of materials (CycloneDX), notes from the CHANGELOG, and the checksums of all of them. The same commit
 * gives the same bytes: nothing in the files says when or where they were made.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { notesOf, steadyBill } from './release/documents.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { output: { type: 'string', short: 'o', default: 'release' } } });

function run(directory: string, command: string, ...args: string[]): string {
  process.stdout.write(`  ${command} ${args.join(' ')}\n`);
  const stdio: ('ignore' | 'pipe' | 'inherit')[] = ['ignore', 'pipe', 'inherit'];
  return execFileSync(command, args, { cwd: directory, encoding: 'utf8', stdio, maxBuffer: 2 ** 28 });
}

function release(output: string): void {
  if (run(ROOT, 'git', 'status', '--porcelain') !== '') {
    process.stderr.write('error: there are changes that are not committed: a release is made of a commit.\n');
    process.exitCode = 1;
    return;
  }
  const directory = mkdtempSync(join(tmpdir(), 'stele-release-'));
  // The bill of materials names the directory, so the clone has the same name each time.
  const clone = join(directory, 'stele');
  try {
    run(ROOT, 'git', 'clone', '--quiet', '--no-hardlinks', ROOT, clone);
    // Programs that packages bring are not run: what is packed is made by the scripts of this repository.
    run(clone, 'npm', 'ci', '--ignore-scripts', '--no-fund', '--no-audit');
    run(clone, 'npm', 'run', 'generate');
    run(clone, 'npm', 'run', 'build');
    rmSync(output, { recursive: true, force: true });
    mkdirSync(output, { recursive: true });
    run(clone, 'npm', 'pack', '--ignore-scripts', '--pack-destination', output);
    const { version } = JSON.parse(readFileSync(join(clone, 'package.json'), 'utf8')) as { version: string };
    const bill = run(clone, 'npm', 'sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev');
    writeFileSync(join(output, `stele-${version}.cdx.json`), steadyBill(bill));
    writeFileSync(join(output, 'NOTES.md'), notesOf(readFileSync(join(clone, 'CHANGELOG.md'), 'utf8'), version));
    writeFileSync(join(output, 'SHA256SUMS'), checksums(output));
    process.stdout.write(`${output}:\n${readFileSync(join(output, 'SHA256SUMS'), 'utf8')}`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** As `sha256sum --check` reads them. */
function checksums(directory: string): string {
  const names = readdirSync(directory).sort();
  const sums = names.map((name) =>
    createHash('sha256')
      .update(readFileSync(join(directory, name)))
      .digest('hex'),
  );
  return names.map((name, i) => `${sums[i]}  ${name}\n`).join('');
}

release(resolve(values.output));
