/** Atom (RFC 4287), with threads by RFC 4685. */
import type { Entry, Feed } from './feed.ts';
import { element, escapeText } from './xml.ts';

const DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n';
export const RECEIPT_TYPE = 'application/vnd.stele.receipt+json';

/** The feed in pieces, one for each entry. */
export function* toAtom({ title, page, self, updated, entries }: Feed): Generator<string> {
  yield `${DECLARATION}<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0">`;
  yield element('id', {}, self);
  yield element('title', {}, title);
  yield element('updated', {}, updated.toISOString());
  yield element('link', { rel: 'self', type: 'application/atom+xml', href: self });
  yield element('link', { rel: 'alternate', type: 'text/html', href: page });
  yield element('generator', {}, 'Stele');
  for (const entry of entries) yield entryOf(entry);
  yield '</feed>\n';
}

function entryOf(entry: Entry): string {
  const { id, title, text, author, topics, page, receipt, published, updated, inReplyTo } = entry;
  return element('entry', {}, [
    element('id', {}, id),
    element('title', {}, title),
    element('author', {}, [element('name', {}, author.name), element('uri', {}, author.page)]),
    element('published', {}, published.toISOString()),
    element('updated', {}, updated.toISOString()),
    element('link', { rel: 'alternate', type: 'text/html', href: page }),
    element('link', { rel: 'enclosure', type: RECEIPT_TYPE, title: 'Receipt', href: receipt }),
    ...(inReplyTo ? [element('thr:in-reply-to', { ref: inReplyTo.id, type: 'text/html', href: inReplyTo.page })] : []),
    ...topics.map((topic) => element('category', { term: topic })),
    element('content', { type: 'html' }, htmlOf(text)),
  ]);
}

/** Readers run the lines of plain text together, so it is told as HTML: paragraphs and lines, and nothing else. */
const htmlOf = (text: string) =>
  `<p>${escapeText(text)
    .replace(/\n{2,}/g, '</p><p>')
    .replaceAll('\n', '<br/>')}</p>`;
