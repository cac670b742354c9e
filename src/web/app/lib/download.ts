/** Hands a text to the reader as a file, without asking anybody for it. */
export function download(name: string, text: string, type = 'text/plain'): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** A part of a file's name made of somebody's name: letters and digits of any script, and no way up a tree. */
export const fileNameOf = (name: string) =>
  name
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 48) || 'key';
