/** The built `stele/verify` and `stele verify-receipt`, where their users run them: in browsers, and far from any node. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../support/directories.ts';
import { PROGRAM } from '../support/nodeProcess.ts';
import { RECEIPTS } from '../verify/receipts.ts';

const ENTRY = fileURLToPath(new URL('../../dist/verify/index.js', import.meta.url));
const CHROMIUM = '/usr/bin/chromium';
const MOST_BYTES = 200_000;
const PAGE =
  "<!doctype html><script type=module>import * as library from '/verify.js'; window.library = library</script>";

/** For browsers: what Node alone has cannot be bundled so. */
async function bundle(): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [ENTRY],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  });
  return outputFiles[0]?.contents ?? new Uint8Array();
}

it('the verifier is under 200 kB compressed, with all that it needs', async () => {
  const size = gzipSync(await bundle(), { level: 9 }).length;
  process.stdout.write(`stele/verify: ${size} bytes with its dependencies, compressed by gzip\n`);
  expect(size).toBeLessThan(MOST_BYTES);
});

describe.skipIf(!existsSync(CHROMIUM))('in Chromium', () => {
  it('the verifier gives the same results in a browser', { timeout: 120_000 }, async () => {
    const { chromium } = await import('playwright-core');
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    const body = Buffer.from(await bundle());
    await page.route('**/*', (route) =>
      route.request().url().endsWith('/verify.js')
        ? route.fulfill({ contentType: 'text/javascript', body })
        : route.fulfill({ contentType: 'text/html', body: PAGE }),
    );
    await page.goto('https://stele.test/');
    const all = [...RECEIPTS.valid, ...RECEIPTS.invalid];
    const verdicts = await page.evaluate(
      async (texts) => {
        const { library } = globalThis as unknown as { library: typeof import('../../src/verify/index.ts') };
        const judge = (text: string) =>
          library.verifyReceipt(text).then(
            ({ id, tip, work }) => `${id} ${tip} ${work}`,
            (error) => (error instanceof library.Refusal ? error.reason : `crashed: ${error}`),
          );
        return Promise.all(texts.map(judge));
      },
      all.map(({ text }) => text),
    );
    const wanted = all.map((receipt) => {
      if (!('proves' in receipt)) return receipt.reason;
      const { id, tip, work } = receipt.proves;
      return `${id} ${tip} ${work}`;
    });
    expect(verdicts).toEqual(wanted);
  });
});

describe('stele verify-receipt, in an empty directory and without an environment', () => {
  function check(text: string) {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'receipt.json'), text);
    const args = [PROGRAM, 'verify-receipt', 'receipt.json'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: directory, env: {}, encoding: 'utf8' });
    expect(readdirSync(directory)).toEqual(['receipt.json']);
    return { status, stdout, stderr };
  }

  it('prints what a receipt proves', () => {
    const [receipt] = RECEIPTS.valid;
    const { status, stdout, stderr } = check(receipt?.text ?? '');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^The receipt is valid\./);
    expect(stdout).toContain(receipt?.proves.id);
  });

  it('exits with 1 and the reason otherwise', () => {
    const wrong = RECEIPTS.invalid.find(({ reason }) => reason === 'signature-invalid');
    const { status, stdout, stderr } = check(wrong?.text ?? '');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^error: The receipt proves nothing: .* \(signature-invalid\)\.\n$/);
  });
});
