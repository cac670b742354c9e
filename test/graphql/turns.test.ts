import { expect, it } from 'vitest';
import { Turns } from '../../src/graphql/turns.ts';

/** The signal of a caller that stays. Each has its own. */
const stay = () => new AbortController().signal;
/** Lets everything that can go on do so. */
const settle = () => new Promise(setImmediate);

it('turns are given in the order of the requests, with a bound for each client', async () => {
  const turns = new Turns(2);
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const take = async (client: string, name: string) => {
    ends.push(await turns.take(client, stay()));
    begun.push(name);
  };
  for (const name of ['a', 'b', 'c', 'd']) void take('one', name);
  void take('other', 'x');
  await settle();
  expect(begun).toEqual(['a', 'b', 'x']);
  ends[0]?.();
  await settle();
  expect(begun).toEqual(['a', 'b', 'x', 'c']);
  ends[1]?.();
  await settle();
  expect(begun).toEqual(['a', 'b', 'x', 'c', 'd']);
});

it('turns of callers who have gone pass to the next in the queue', async () => {
  const turns = new Turns(1);
  const end = await turns.take('one', stay());
  const gone = new AbortController();
  const left = turns.take('one', gone.signal);
  const stays = turns.take('one', stay());
  gone.abort(new Error('gone'));
  await expect(left).rejects.toThrow('gone');
  await expect(turns.take('one', gone.signal)).rejects.toThrow('gone');
  end();
  (await stays)();
});

it('turns are refused to a client who has too many waiting, and to no other', async () => {
  const turns = new Turns(1);
  await turns.take('one', stay());
  for (let i = 0; i < 1_000; i++) void turns.take('one', stay());
  await expect(turns.take('one', stay())).rejects.toMatchObject({ extensions: { code: 'TOO_MANY_REQUESTS' } });
  (await turns.take('other', stay()))();
});
