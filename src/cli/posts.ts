/** Posts and blocks as commands ask for them, and as people read them. */
import { graphql } from './generated/gql.ts';
import type { BlockLineFragment, PostLineFragment } from './generated/graphql.ts';
import { count, visible, visibleLines } from './text.ts';

/** Fragments need no name here: documents include them by theirs. */
graphql(`
  fragment PostLine on Transaction {
    id
    author
    timestamp
    topics
    replyTo
    supersedes
    supersededBy {
      id
    }
    content
    contentState
    size
    withheld {
      reason
    }
  }
`);

graphql(`
  fragment BlockLine on Block {
    hash
    height
    time
    transactionCount
  }
`);

/** Author, time and topics; the content indented under it; the id, to answer or look up. */
export function describePost(post: Omit<PostLineFragment, 'supersededBy'> & Partial<PostLineFragment>): string {
  const { id, author, timestamp, topics, replyTo, supersedes, supersededBy = null, content } = post;
  const about = [visible(author), shownTime(timestamp), ...topics.map((topic) => `#${visible(topic)}`)];
  const text = content === null ? `  [${whereabouts(post)}]` : visibleLines(content);
  const answer = replyTo === null ? '' : `  in reply to ${replyTo}\n`;
  const version = supersedes === null ? '' : `  a new version of ${supersedes}\n`;
  const newer = supersededBy === null ? '' : `  replaced by ${supersededBy.id}\n`;
  return `${about.join('  ')}\n${text}\n${answer}${version}${newer}  id ${id}\n`;
}

/** What stands in place of a text that is not here. */
function whereabouts({
  contentState,
  size,
  withheld,
}: Pick<PostLineFragment, 'contentState' | 'size' | 'withheld'>): string {
  if (contentState === 'SEALED') return `sealed: ${count(size, 'byte')}`;
  const done = contentState === 'ERASED' ? 'withheld and erased' : 'withheld';
  return `${done}: ${visible(withheld?.reason ?? 'no reason given')}`;
}

export function describeBlock({ height, hash, time, transactionCount }: BlockLineFragment): string {
  return `${height}  ${hash}  ${time}  ${count(transactionCount, 'post')}`;
}

/** An author may claim a time that no calendar has. */
export function shownTime(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? `${milliseconds} ms` : date.toISOString();
}
