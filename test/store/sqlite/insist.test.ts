import { expect, it } from 'vitest';
import { insist } from '../../../src/store/sqlite/insist.ts';

function failing(times: number, code: string) {
  let tries = 0;
  const read = async () => {
    tries += 1;
    if (tries <= times) throw Object.assign(new Error('no'), { code });
    return tries;
  };
  return { read, count: () => tries };
}

it('reads again while the disk fails', async () => {
  expect(await insist(failing(3, 'SQLITE_IOERR_READ').read, 1)).toBe(4);
});

it('gives up in the end, and says what is wrong', async () => {
  const { read, count } = failing(Number.POSITIVE_INFINITY, 'SQLITE_IOERR_READ');
  await expect(insist(read, 0)).rejects.toMatchObject({ code: 'STORAGE_FAILING' });
  expect(count()).toBe(11);
});

it.each(['SQLITE_CORRUPT', 'SQLITE_ERROR'])('does not insist on what no time mends: %s', async (code) => {
  const { read, count } = failing(1, code);
  await expect(insist(read, 0)).rejects.toThrow();
  expect(count()).toBe(1);
});
