import { Link } from 'wouter';
import type { Post } from '../data/feed/board.ts';
import { useLive } from '../data/useLive.ts';
import { VersionsDocument } from '../generated/graphql.ts';
import { useText } from '../i18n/language.ts';
import { Icon } from '../ui/Icon.tsx';
import { postPath } from '../ui/paths.ts';
import { withItself } from './versionsOf.ts';

/** Says of a post that a newer version replaces it, or that it replaces an earlier one, and leads there. */
export function Edited({ post, isMain }: { post: Post; isMain: boolean }) {
  const t = useText();
  const isReplaced = post.supersededBy !== null;
  const { data } = useLive(VersionsDocument, { id: post.id }, 'chain', post.supersedes === null && !isReplaced);
  // A post by another name can claim to replace this one: the node counts it in only if it is by the same.
  const versions = withItself(post, data?.transaction?.versions ?? []);
  const number = versions.findIndex(({ id }) => id === post.id) + 1;
  const latest = versions.at(-1);
  if (versions.length < 2 || !latest) return null;
  return (
    <p className="parent edited">
      <Icon name="edit" />
      {latest.id === post.id ? (
        <Link href={`${isMain ? '' : postPath(post.id)}#versions`}>{t.edited(number)}</Link>
      ) : (
        <Link href={postPath(latest.id)}>{t.replaced}</Link>
      )}
    </p>
  );
}
