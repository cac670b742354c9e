import { Link } from 'wouter';
import { AuthorsDocument, type AuthorsQuery } from '../../generated/graphql.ts';
import { useText } from '../../i18n/language.ts';
import { MasonMark } from '../../post/MasonMark.tsx';
import { useNumbers } from '../../ui/numbers.ts';
import { authorPath, blockPath } from '../../ui/paths.ts';
import { Name } from '../../ui/text/Name.tsx';
import { Time } from '../../ui/text/Time.tsx';
import { TotalsPage } from './TotalsPage.tsx';

type Author = AuthorsQuery['authors']['nodes'][number];

/** Everybody who has posts on the chain. */
export function AuthorsPage() {
  const t = useText();
  return (
    <TotalsPage
      document={AuthorsDocument}
      pageOf={({ authors }) => authors}
      title={t.authors}
      lead={t.authorsLead}
      empty={t.emptyFeed}
      columns={[{ name: t.author }, { name: t.posts, isNumber: true }, { name: t.boundSince, isRoomy: true }]}
      row={(author) => <Row key={author.name} author={author} />}
    />
  );
}

function Row({ author: { name, publicKey, postCount, since } }: { author: Author }) {
  const t = useText();
  const { whole } = useNumbers();
  return (
    <tr>
      <th scope="row" className="words">
        <Link href={authorPath(name)} className="marked">
          <MasonMark publicKey={publicKey} size={22} />
          <Name>{name}</Name>
        </Link>
      </th>
      <td className="number">{whole(postCount)}</td>
      <td className="roomy">
        <Link href={blockPath(since.hash)}>{t.blockNumber(since.height)}</Link> · <Time at={since.time} />
      </td>
    </tr>
  );
}
