/**
 * Text for a terminal. What others wrote is untrusted: control characters could move the cursor or run escape
 * sequences, bidirectional ones could show another text than was signed, so they are spelled out.
 */
import { styleText } from 'node:util';
import type { Output } from './ports.ts';

/** Controls, separators of lines, halves of surrogate pairs, bidirectional and invisible formatting, tags. */
const UNSAFE =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/** Escapes untrusted text for one line, invisible characters spelled out: `\n`, `\u{202e}`. */
export function visible(text: string): string {
  return text.replace(UNSAFE, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** Untrusted text of several lines, each indented by two spaces, so that it cannot pass for a line of ours. */
export function visibleLines(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => `  ${visible(line)}`)
    .join('\n');
}

/** A word that a shell takes as it is. */
export function shellWord(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : `'${visible(text).replaceAll("'", "'\\''")}'`;
}

/** JSON in one line: the same values, and safe to look at. */
export function toJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/** Rows of `label  value`, the values under each other. A null value leaves its row out. */
export function aligned(rows: readonly (readonly [label: string, value: string | number | null])[]): string {
  const shown = rows.filter(([, value]) => value !== null);
  const width = Math.max(...shown.map(([label]) => label.length));
  return shown.map(([label, value]) => `${label.padEnd(width)}  ${value}\n`).join('');
}

/** Columns under headings, each as wide as the widest that stands in it. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows];
  const widths = headings.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  const shown = lines.map((line) => line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '));
  return shown.map((line) => `${line.trimEnd()}\n`).join('');
}

type Style = Parameters<typeof styleText>[0];

/** Colours for a stream: none unless it is a terminal and NO_COLOR is unset. */
export function paintFor(stream: Output): (style: Style, text: string) => string {
  if (!stream.isTTY) return (_, text) => text;
  return (style, text) => styleText(style, text, { stream });
}

/** `1 block`, `2 blocks`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}
