/** The documents of a release, made so that the same commit gives the same bytes. */

/** A bill of materials without the moment and the number that npm gives each one. */
export function steadyBill(text: string): string {
  const { serialNumber: _, ...bill } = JSON.parse(text) as { serialNumber?: string; metadata?: { timestamp?: string } };
  if (bill.metadata) delete bill.metadata.timestamp;
  return `${JSON.stringify(bill, null, 2)}\n`;
}

/**
 * The part of a CHANGELOG that is about one version; before it has a number, what is unreleased.
 * @throws when there is neither.
 */
export function notesOf(changelog: string, version: string): string {
  const parts = changelog.split(/^(?=## )/m);
  const part =
    parts.find((part) => part.startsWith(`## [${version}]`)) ??
    parts.find((part) => part.startsWith('## [Unreleased]'));
  if (part === undefined) throw new Error(`the CHANGELOG has no part about ${version}`);
  return `# Stele ${version}\n\n${part.replace(/^## .*\n+/, '').trim()}\n`;
}
