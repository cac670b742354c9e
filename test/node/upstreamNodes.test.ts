import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { request } from '../../src/client/request.ts';
import { upstreamNodes } from '../../src/node/upstreamNodes.ts';

async function listen(handler: RequestListener): Promise<string> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}

it.each([301, 302, 307, 308])('a redirect (%i) of an upstream is not followed', async (status) => {
  let asked = 0;
  const elsewhere = await listen((_, response) => {
    asked += 1;
    response.end('{"data":{"tip":null}}');
  });
  const url = await listen((_, response) => response.writeHead(status, { location: elsewhere }).end());
  const [node] = upstreamNodes({ upstreams: [url], upstreamToken: 'secret' });
  if (!node) throw new Error('no upstream');
  await expect(request(node, '{ tip { height } }' as never, {})).rejects.toMatchObject({
    code: 'UNREACHABLE',
    message: expect.stringContaining('redirect'),
  });
  expect(asked).toBe(0);
});
