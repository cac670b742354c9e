import { Link } from 'wouter';
import { useText } from '../i18n/language.ts';
import { authorPath, postPath } from '../ui/paths.ts';
import { Name } from '../ui/text/Name.tsx';
import { Time } from '../ui/text/Time.tsx';
import { MasonMark } from './MasonMark.tsx';

interface Props {
  post: { id: string; author: string; publicKey: string; timestamp: number };
  exact?: boolean;
}

/** Who wrote a quoted post, and when as they claim. */
export function QuotedHead({ post: { id, author, publicKey, timestamp }, exact = false }: Props) {
  const t = useText();
  return (
    <p className="quoted-head">
      <MasonMark publicKey={publicKey} size={18} />
      <Link className="author" href={authorPath(author)}>
        <Name>{author}</Name>
      </Link>
      <Link className="when" href={postPath(id)}>
        <Time at={timestamp} note={t.asClaimed} exact={exact} />
      </Link>
    </p>
  );
}
