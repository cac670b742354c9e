import { type DocumentNode, getOperationAST, parse, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDocument, PLAYGROUND } from '../../scripts/playground/document.ts';
import { buildSchema } from '../../src/graphql/schema.ts';
import { startTestNode, type TestNode } from './fixture.ts';

const examples = (PLAYGROUND.defaultTabs ?? []).map(({ query }) => query ?? '');
const nameOf = (query: string) => getOperationAST(parse(query))?.name?.value ?? '';
const kindOf = (document: DocumentNode) => getOperationAST(document)?.operation;

let node: TestNode;
beforeAll(async () => {
  node = await startTestNode();
});
afterAll(() => node.dispose());

describe('the examples of the playground', () => {
  it('show how to post, mine, read and subscribe', () => {
    expect(examples.map(nameOf)).toEqual(['Post', 'Mine', 'Chain', 'Follow', 'Arrivals']);
  });

  it('have no line that the editor cuts off on a desk', () => {
    expect(examples.flatMap((example) => example.split('\n')).filter((line) => line.length > 50)).toEqual([]);
  });

  it.each(examples.map((query) => [nameOf(query), query]))('%s runs as it is', async (_, query) => {
    const document = parse(query);
    expect(validate(buildSchema(), document)).toEqual([]);
    if (kindOf(document) === 'subscription') {
      const stream = await node.follow(query);
      const next = stream.next();
      await node.ask(examples[0] ?? '');
      await node.ask(examples[1] ?? '');
      expect((await next).value).toMatchObject({ data: {} });
      expect((await next).value.errors).toBeUndefined();
      await stream.return?.();
    } else {
      const { errors, data } = await node.ask(query);
      expect(errors).toBeUndefined();
      expect(JSON.stringify(data)).toMatch(/Ada|Cut in stone|MINED/);
    }
  });

  it('load nothing from other servers', () => {
    const { html, policy } = createDocument();
    expect(html).not.toMatch(/<(script|link)[^>]+(src|href)="https?:/);
    expect(html).toContain('Cut in stone.');
    expect(policy).toMatch("frame-ancestors 'none'");
    expect(policy).not.toMatch(/https?:|script-src[^;]*unsafe/);
  });
});
