import { afterEach, expect, it, vi } from 'vitest';
import { ask } from '../../../../../src/web/app/data/api/client.ts';
import { TypedDocumentString } from '../../../../../src/web/app/generated/graphql.ts';

const QUESTION = new TypedDocumentString<{ height: number }, object>('{ height }');

afterEach(() => vi.unstubAllGlobals());

/** What asking ends in when this comes as the answer. */
function outcomeOf(body: string) {
  vi.stubGlobal('fetch', async () => new Response(body));
  return ask(QUESTION, {}).catch(({ name, code, isPassing }) => ({ name, code, isPassing }));
}

it('gives the data of an answer', async () => {
  expect(await outcomeOf('{"data":{"height":3}}')).toEqual({ height: 3 });
});

it.each(['null', '0', '[]', '{}', '{"data":null}', 'not JSON', ''])(
  'takes %j for no answer of a node',
  async (body) => {
    expect(await outcomeOf(body)).toEqual({ name: 'ApiError', code: null, isPassing: true });
  },
);

it('gives the code of an error, and whether it passes', async () => {
  const refused = '{"errors":[{"message":"busy","extensions":{"code":"BUSY","retryable":true}}]}';
  expect(await outcomeOf(refused)).toEqual({ name: 'ApiError', code: 'BUSY', isPassing: true });
  const unknown = '{"data":null,"errors":[{"message":"?"}]}';
  expect(await outcomeOf(unknown)).toEqual({ name: 'ApiError', code: 'UNKNOWN', isPassing: false });
});
