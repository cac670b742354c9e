/** JSON Feed 1.1 (jsonfeed.org). */
import { RECEIPT_TYPE } from './atom.ts';
import type { Entry, Feed } from './feed.ts';

/** The feed in pieces, one for each entry. */
export function* toJsonFeed({ title, page, self, entries }: Feed): Generator<string> {
  const head = { version: 'https://jsonfeed.org/version/1.1', title, home_page_url: page, feed_url: self };
  yield `${JSON.stringify(head).slice(0, -1)},"items":[`;
  for (const [at, entry] of entries.entries()) yield `${at === 0 ? '' : ','}${JSON.stringify(itemOf(entry))}`;
  yield ']}\n';
}

const itemOf = ({ id, page, title, text, author, topics, receipt, published, updated }: Entry) => ({
  id,
  url: page,
  title,
  content_text: text,
  date_published: published.toISOString(),
  date_modified: updated.toISOString(),
  authors: [{ name: author.name, url: author.page }],
  tags: topics,
  attachments: [{ url: receipt, mime_type: RECEIPT_TYPE, title: 'Receipt' }],
});
