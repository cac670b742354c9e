/**
 * Subscriptions' answers on their way into WebSockets. graphql-ws takes one answer after the other from an iterator and
 * spells each for its subscriber; with thousands who are owed the same at the same moment that is most of the work. Here
 * each answer is spelled once, and written as soon as it is found, while graphql-ws keeps the protocol but for that.
 */
import type { GraphQLError } from 'graphql';
import type { Answers } from './sharing.ts';
import type { Sink } from './sink.ts';

/**
 * Writes the answers of an operation to its socket.
 * @param id the operation's, as the client knows it.
 * @returns an iterator for graphql-ws that gives no answer, and ends or fails when the operation does.
 */
export function deliver(
  answers: Answers,
  id: string,
  sink: Sink,
  mask: (error: unknown) => GraphQLError,
): AsyncIterableIterator<never, undefined> {
  const delivered: AsyncIterableIterator<never, undefined> = {
    async next() {
      try {
        await answers.each(({ text }) => sink.write(nextMessage(id, text))?.then(() => true) ?? true);
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

/**
 * Writes the one answer of a query or mutation.
 * @param spell gives the answer as JSON, or null, or rejects when the client has completed the operation meanwhile.
 */
export function deliverOne(
  spell: () => Promise<string | null>,
  id: string,
  sink: Sink,
): AsyncIterableIterator<never, undefined> {
  const delivered: AsyncIterableIterator<never, undefined> = {
    async next() {
      const text = await spell().catch(() => null);
      if (text !== null) await sink.write(nextMessage(id, text));
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => delivered,
  };
  return delivered;
}

const nextMessage = (id: string, payload: string) => `{"id":${JSON.stringify(id)},"type":"next","payload":${payload}}`;
