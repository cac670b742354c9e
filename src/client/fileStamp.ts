/**
 * The convention by which a post puts a file on the board: its one topic is the file's SHA-256, and its text says name and
 * size. No rule of the protocol: whoever has the file finds the posts by the topic, and what they say besides is their own.
 */

/** The description of a file in a post. */
export interface FileFacts {
  /** SHA-256 of the file's bytes, 64 hex digits. */
  sha256: string;
  /** The file's name without the folder. */
  name: string;
  /** The file's size in bytes. */
  size: number;
}

/** Characters of a file's name that a post tells. */
const LONGEST_NAME = 255;

/**
 * The text and the topics of a post that puts a file on the board, for `Client.sign` or `post`. The file itself is told to
 * nobody: only who has it can know its hash.
 */
export function fileStamp({ sha256, name, size }: FileFacts): { content: string; topics: string[] } {
  // A name in one line, so that the line below it is the size.
  const told = name
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_NAME);
  return { content: `${told || 'file'}\n${size} bytes`, topics: [sha256.toLowerCase()] };
}
