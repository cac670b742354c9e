import type { Reader } from '../store/ports.ts';
import type { Pacer } from './pacer.ts';

type Read = (...args: unknown[]) => Promise<unknown>;

/**
 * A reader whose reads begin when there is time for them in a turn of the event loop, in the order in which they were asked
 * for. SQLite holds the thread up that asks it, and an operation may ask for hundreds of small things in one turn.
 */
export function pacedReader(reader: Reader, pacer: Pacer): Reader {
  const paced = Object.keys(reader).map((name): [string, Read] => {
    const read: Read = (...args) => (reader[name as keyof Reader] as Read)(...args);
    return [
      name,
      (...args) => {
        const pause = pacer.ask();
        return pause ? pause.then(() => read(...args)) : read(...args);
      },
    ];
  });
  return Object.fromEntries(paced) as unknown as Reader;
}
