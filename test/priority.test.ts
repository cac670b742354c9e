import { getPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';

it.skipIf(process.platform !== 'linux')(
  'a thread gives way alone: the one that started it keeps its priority',
  async () => {
    const before = getPriority();
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads');
     import(${JSON.stringify(new URL('../dist/priority.js', import.meta.url).href)}).then(({ giveWay }) => {
       giveWay();
       parentPort.postMessage(require('node:os').getPriority());
     });`,
      { eval: true, execArgv: [] },
    );
    try {
      const own = await new Promise<number>((resolve, reject) => worker.once('message', resolve).once('error', reject));
      expect(own).toBe(Math.max(before, 10));
      expect(getPriority()).toBe(before);
    } finally {
      await worker.terminate();
    }
  },
);
