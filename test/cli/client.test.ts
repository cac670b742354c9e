/** What a command says of a node that is not as it should be. What a client makes of it is in test/client. */
import { expect, test } from 'vitest';
import { serve } from '../client/harness.ts';
import { stele } from './harness.ts';

test('a command that reaches no node ends with 1 and says what to do', async () => {
  const { code, stdout, stderr } = await stele(['show', 'tip', '--url', 'http://127.0.0.1:1/graphql']);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(
    /^error: No node answers at http:\/\/127\.0\.0\.1:1\/graphql \(\w.*\): start one with `stele start`, or say where it is with --url\.\n$/,
  );
});

test.each([
  ['{ "message": "\\u001b[2Jgone" }', '\\u{1b}[2Jgone'],
  [
    '{ "message": "no", "extensions": { "code": "OPERATOR_ONLY" } }',
    "no (OPERATOR_ONLY): give the operator's token with --token",
  ],
])("a node's error %s is a line without control characters", async (error, line) => {
  const url = await serve((_request, response) => response.end(`{ "errors": [${error}] }`));
  const { code, stderr } = await stele(['show', 'tip', '--url', url]);
  expect({ code, stderr }).toEqual({ code: 1, stderr: `error: ${line}\n` });
});
