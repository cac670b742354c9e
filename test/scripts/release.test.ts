import { describe, expect, it } from 'vitest';
import { notesOf, steadyBill } from '../../scripts/release/documents.ts';

const CHANGELOG = '# Changelog\n\n## [Unreleased]\n\n- New.\n\n## [0.1.0] - 2026-12-01\n\n### Added\n\n- Old.\n';

describe('notes', () => {
  it('are the part of the CHANGELOG about the version', () => {
    expect(notesOf(CHANGELOG, '0.1.0')).toBe('# Stele 0.1.0\n\n### Added\n\n- Old.\n');
  });

  it('are the unreleased part, before the version has its own', () => {
    expect(notesOf(CHANGELOG, '0.2.0')).toBe('# Stele 0.2.0\n\n- New.\n');
    expect(() => notesOf('# Changelog\n', '0.1.0')).toThrow('0.1.0');
  });
});

describe('a bill of materials', () => {
  it('says nothing of the moment when it was made', () => {
    const bill = (serialNumber: string, timestamp: string) =>
      steadyBill(
        JSON.stringify({ bomFormat: 'CycloneDX', serialNumber, metadata: { timestamp, tools: [] }, components: [] }),
      );
    expect(bill('urn:uuid:1', '2026-01-01')).toBe(bill('urn:uuid:2', '2026-02-02'));
    expect(JSON.parse(bill('1', '2'))).toEqual({ bomFormat: 'CycloneDX', metadata: { tools: [] }, components: [] });
  });
});
