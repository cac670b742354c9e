import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The package holds itself twice, and Node takes the first; the test runner must not take the other one beside it.
  resolve: {
    alias: [
      { find: /^graphql$/, replacement: 'graphql/index.js' },
      { find: '#sha256', replacement: fileURLToPath(new URL('src/sha256.ts', import.meta.url)) },
    ],
  },
  test: {
    // A test waits for a disk, a socket or another process for a good part of its time: three files keep two cores busy.
    globalSetup: 'test/support/setUp.ts',
    maxWorkers: Math.max(3, availableParallelism() - 1),
    // Polling waits for what happens, however busy the machine is. What never happens fails all the same.
    expect: { poll: { timeout: 20_000 } },
    coverage: {
      provider: 'v8',
      include: ['src/domain/**', 'src/chain/**'],
      exclude: ['src/**/ports.ts'],
      reporter: ['text-summary', 'text'],
      thresholds: { branches: 95 },
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**'],
          testTimeout: 30_000,
          // Modules keep nothing of a test, so files may share them: importing took as long as a third of the tests.
          isolate: false,
        },
      },
      {
        extends: true,
        test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 60_000 },
      },
    ],
  },
});
