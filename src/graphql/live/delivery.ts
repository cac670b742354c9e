/**
 * Subscriptions' answers on their way into WebSockets. graphql-ws takes one answer after the other from an iterator and
 * spells each for its subscriber; with thousands who are owed the same at the same moment that is most of the work. Here
 * each answer is spelled once, and written as soon as it is found, while graphql-ws keeps the protocol but for that.
 */
import type { Socket } from 'node:net';
import type { GraphQLError } from 'graphql';
import type { Extra } from 'graphql-ws/use/ws';
import type { Answers } from './sharing.ts';

/** Writes a message. @returns what must be waited for before the next one, when the socket has enough of them. */
export type Outlet = (message: string) => Promise<void> | null;

/**
 * One for each connection. What a turn of the event loop brings to one is written together: for small messages, calling
 * the system is most of the work, and who has fallen behind is owed several.
 */
export function createOutlets(): (connection: Extra) => Outlet {
  const corked: Socket[] = [];
  const uncork = () => {
    for (const pipe of corked.splice(0)) pipe.uncork();
  };
  const cork = (pipe: Socket) => {
    if (corked.length === 0) process.nextTick(uncork);
    pipe.cork();
    corked.push(pipe);
  };

  return ({ socket, request: { socket: pipe } }) => {
    let drained: Promise<void> | null = null;
    const drain = (resolve: () => void) => {
      const resume = () => {
        pipe.off('drain', resume).off('close', resume);
        drained = null;
        resolve();
      };
      pipe.once('drain', resume).once('close', resume);
    };
    const write = (message: string) => {
      if (pipe.writableCorked === 0) cork(pipe);
      socket.send(message);
      if (pipe.writableNeedDrain) drained ??= new Promise(drain);
      return drained;
    };
    // Several subscriptions share a connection: what one of them has filled, the others do not fill further.
    const writeLater = async (message: string) => {
      while (drained) await drained;
      await write(message);
    };
    return (message) => (drained ? writeLater(message) : write(message));
  };
}

/** Writes the answers of an operation. For graphql-ws it is one that has none, and ends or fails when that does. */
export function deliver(
  answers: Answers,
  id: string,
  outlet: Outlet,
  mask: (error: unknown) => GraphQLError,
): AsyncIterableIterator<never, undefined> {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  const delivered: AsyncIterableIterator<never, undefined> = {
    async next() {
      try {
        await answers.each(({ text }) => outlet(`${head}${text}}`)?.then(() => true) ?? true);
      } catch (error) {
        throw mask(error);
      }
      return { done: true, value: undefined };
    },
    async return() {
      await answers.return();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => delivered,
  };
  return delivered;
}
