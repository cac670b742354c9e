/** XML as Atom needs it, and no text that could break it. */

/** What XML 1.0 cannot hold, in any spelling: controls, halves of a pair, and two that are no characters. */
const UNSPEAKABLE = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;
/** The ampersand first: the others bring one along. */
const NAMED = [
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
  ['\r', '&#13;'],
] as const;

/** A text for the inside of an element or an attribute, of XML or HTML; what neither can hold is replaced by U+FFFD. */
export function escapeText(text: string): string {
  const speakable = text.replace(UNSPEAKABLE, '\u{FFFD}');
  // A text full of such characters takes a function for each of them ten times as long.
  return NAMED.reduce((escaped, [character, name]) => escaped.replaceAll(character, name), speakable);
}

type Attributes = Readonly<Record<string, string>>;

/** An element around a text, or around elements, or empty. */
export function element(name: string, attributes: Attributes, inside: string | readonly string[] = []): string {
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeText(value)}"`);
  const held = typeof inside === 'string' ? escapeText(inside) : inside.join('');
  return held === '' ? `<${name}${given.join('')}/>` : `<${name}${given.join('')}>${held}</${name}>`;
}
