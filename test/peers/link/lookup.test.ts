import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { dial, fault, HELLO, serveJson } from '../scripted.ts';

const UNTRUSTED = { allowPrivate: false };
const REFUSED = { errors: [{ message: 'no', extensions: { code: 'SOME_CODE' } }] };

/** Resolves every name to these, and counts how often it is asked. */
function names(...addresses: string[]) {
  const asked: string[] = [];
  const resolve = async (host: string): Promise<LookupAddress[]> => {
    asked.push(host);
    return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  };
  return { asked, resolve };
}

describe('an address that anyone may have named', () => {
  it.each(['127.0.0.1', '2130706433', '[::1]', '[::ffff:127.0.0.1]', '[64:ff9b::7f00:1]', '0.0.0.0', '10.0.0.1'])(
    'is not connected to: %s',
    async (host) => {
      const { port, connections } = await serveJson(REFUSED);
      const link = dial(`http://${host}:${port}`, {}, UNTRUSTED);
      await expect(link.handshake(HELLO)).rejects.toEqual(fault('address-refused'));
      await expect(link.listen({ onOpen() {}, onBlock() {}, onPost() {}, onRevealed() {} })).rejects.toEqual(
        fault('address-refused'),
      );
      expect(connections).toHaveLength(0);
    },
  );

  it('is not connected to when its name resolves to such an address', async () => {
    const { port, connections } = await serveJson(REFUSED);
    const { resolve } = names('127.0.0.1', '::1', '::ffff:7f00:1');
    const link = dial(`http://node.example:${port}`, {}, { ...UNTRUSTED, resolve });
    await expect(link.handshake(HELLO)).rejects.toEqual(fault('address-refused', 'node.example \\(127.0.0.1, ::1'));
    await expect(link.listen({ onOpen() {}, onBlock() {}, onPost() {}, onRevealed() {} })).rejects.toEqual(
      fault('address-refused'),
    );
    expect(connections).toHaveLength(0);
  });

  it('is not connected to when the name resolves there in the system, either', async () => {
    const { port, connections } = await serveJson(REFUSED);
    await expect(dial(`http://localhost:${port}`, {}, UNTRUSTED).handshake(HELLO)).rejects.toEqual(
      fault('address-refused'),
    );
    expect(connections).toHaveLength(0);
  });

  it.each(['ftp://127.0.0.1', 'file:///etc/passwd', 'http://a:b@127.0.0.1', 'nonsense'])(
    'is no URL of a node, even of the operator: %s',
    async (url) => {
      await expect(dial(url).handshake(HELLO)).rejects.toEqual(fault('address-refused'));
    },
  );
});

describe('an address of the operator', () => {
  it('may be private', async () => {
    const { port, connections } = await serveJson(REFUSED);
    const { asked, resolve } = names('127.0.0.1');
    const link = dial(`http://node.example:${port}`, {}, { resolve });
    await expect(link.handshake(HELLO)).rejects.toEqual(fault('refused'));
    expect([connections.length, asked]).toEqual([1, ['node.example']]);
  });

  it('is resolved once, and connected to at the address that was found', async () => {
    const { port, connections } = await serveJson(REFUSED);
    const answers = [['127.0.0.1'], ['192.0.2.1']];
    const resolve = async () => (answers.shift() ?? []).map((address) => ({ address, family: 4 }));
    const link = dial(`http://node.example:${port}`, {}, { resolve });
    await expect(link.handshake(HELLO)).rejects.toEqual(fault('refused'));
    expect([connections.length, answers]).toEqual([1, [['192.0.2.1']]]);
  });

  it('is refused where no node can be', async () => {
    const { resolve } = names('0.0.0.0', '::', '224.0.0.1', '255.255.255.255');
    await expect(dial('http://node.example', {}, { resolve }).handshake(HELLO)).rejects.toEqual(
      fault('address-refused'),
    );
  });
});
