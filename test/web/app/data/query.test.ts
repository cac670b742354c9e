import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../../src/web/app/data/api/client.ts';
import { Query, queryOf } from '../../../../src/web/app/data/query.ts';
import { TypedDocumentString } from '../../../../src/web/app/generated/graphql.ts';

interface Asked {
  resolve(answer: string): void;
  reject(error: ApiError): void;
}

/** A query whose answers are given by hand, in any order. */
function byHand() {
  const asked: Asked[] = [];
  const query = new Query(() => new Promise<string>((resolve, reject) => asked.push({ resolve, reject })));
  return { asked, query };
}

describe('what pages ask', () => {
  it('is asked once while the answer is under way, and again for what happened since', async () => {
    const { asked, query } = byHand();
    query.read();
    query.read();
    expect(asked).toHaveLength(1);
    const again = query.readAgain();
    expect(asked).toHaveLength(2);
    asked[1]?.resolve('later');
    await again;
    expect(query.store.getState()).toEqual({ data: 'later', error: undefined });
    query.read();
    expect(asked).toHaveLength(3);
  });

  it('is not set back by an answer that was overtaken', async () => {
    const { asked, query } = byHand();
    const first = query.readAgain();
    const second = query.readAgain();
    asked[1]?.resolve('later');
    await second;
    asked[0]?.resolve('earlier');
    await first;
    expect(query.store.getState().data).toBe('later');
  });

  it('keeps what is known when asking again fails, and forgets the failure with the next answer', async () => {
    const { asked, query } = byHand();
    const error = new ApiError('The node did not answer.', null, true);
    const answers = [
      (answer: Asked) => answer.resolve('known'),
      (answer: Asked) => answer.reject(error),
      (answer: Asked) => answer.resolve('known anew'),
    ];
    const states = [];
    for (const answer of answers) {
      const done = query.readAgain();
      answer(asked.at(-1) as Asked);
      await done;
      states.push(query.store.getState());
    }
    expect(states).toEqual([
      { data: 'known', error: undefined },
      { data: 'known', error },
      { data: 'known anew', error: undefined },
    ]);
  });

  it('is shared by those who ask the same with the same variables', () => {
    const document = new TypedDocumentString<string, { id: string }>('query One { one }');
    expect(queryOf(document, { id: 'a' })).toBe(queryOf(document, { id: 'a' }));
    expect(queryOf(document, { id: 'a' })).not.toBe(queryOf(document, { id: 'b' }));
  });
});
