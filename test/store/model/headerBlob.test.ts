import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeHeader, encodeHeader } from '../../../src/domain/header.ts';
import { blobToHeader, headerToBlob } from '../../../src/store/model/headerBlob.ts';

const anyBlob = fc.uint8Array({ minLength: 80, maxLength: 80 });

it('reads every 80 bytes as the rules do, and leaves them as they were', () => {
  fc.assert(
    fc.property(anyBlob, (blob) => {
      const before = Uint8Array.from(blob);
      const header = blobToHeader(blob);
      expect(header).toEqual(decodeHeader(before));
      expect(blob).toEqual(before);
      expect(Uint8Array.from(headerToBlob(header))).toEqual(encodeHeader(header));
    }),
  );
});

it('refuses what is no header', () => {
  expect(() => blobToHeader(new Uint8Array(79))).toThrow(expect.objectContaining({ reason: 'header-malformed' }));
});
