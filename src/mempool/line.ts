import pLimit from 'p-limit';

/** One commit may bring hundreds of posts: others get a turn of the event loop after so many. */
const TASKS_A_TURN = 32;

/** Runs tasks one after the other, in the order in which they come. */
export function createLine(): <Result>(task: () => Promise<Result>) => Promise<Result> {
  const oneByOne = pLimit(1);
  let begun = 0;
  return (task) =>
    oneByOne(async () => {
      begun += 1;
      if (begun % TASKS_A_TURN === 0) await new Promise(setImmediate);
      return task();
    });
}
