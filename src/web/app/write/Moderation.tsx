import { type FormEvent, useId, useState } from 'react';
import { ApiError, ask } from '../data/api/client.ts';
import { useFeed, useFeedState } from '../data/feed/useFeed.ts';
import { type PostFragment, RestoreDocument, WithholdDocument } from '../generated/graphql.ts';
import { useText } from '../i18n/language.ts';

/** What the operator can do with the text of a post: stop serving it, with a public reason; or serve it again. */
export function Moderation({ post }: { post: PostFragment }) {
  const isOperator = useFeedState(({ node }) => node?.isOperator ?? false);
  if (!isOperator) return null;
  return post.withheld ? <Restore post={post} erased={post.withheld.erased} /> : <Withhold post={post} />;
}

/** Runs a change of a post and says why it failed. */
function useChange(run: () => Promise<PostFragment>) {
  const t = useText();
  const feed = useFeed();
  const [trouble, setTrouble] = useState('');
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTrouble('');
    try {
      feed.learn(await run());
    } catch (error) {
      setTrouble(error instanceof ApiError && error.code !== null ? `${error.message} (${error.code})` : t.noAnswer);
    }
  };
  return { submit, trouble };
}

function Withhold({ post: { id } }: { post: PostFragment }) {
  const t = useText();
  const ids = { reason: useId(), erase: useId() };
  const [reason, setReason] = useState('');
  const [erase, setErase] = useState(false);
  const { submit, trouble } = useChange(async () => {
    const { withhold } = await ask(WithholdDocument, { input: { id, reason, erase } });
    return withhold.transaction;
  });
  return (
    <details className="moderation">
      <summary>{t.withhold}</summary>
      <p className="hint">{t.withholdLead}</p>
      <form onSubmit={(event) => void submit(event)}>
        <label htmlFor={ids.reason}>{t.publicReason}</label>
        <input
          id={ids.reason}
          required
          maxLength={500}
          dir="auto"
          value={reason}
          onChange={({ target }) => setReason(target.value)}
        />
        <label className="check" htmlFor={ids.erase}>
          <input id={ids.erase} type="checkbox" checked={erase} onChange={({ target }) => setErase(target.checked)} />
          {t.eraseToo}
        </label>
        <button type="submit">{t.withhold}</button>
      </form>
      <output className="answer refusal">{trouble}</output>
    </details>
  );
}

function Restore({ post: { id }, erased }: { post: PostFragment; erased: boolean }) {
  const t = useText();
  const { submit, trouble } = useChange(async () => {
    const { restore } = await ask(RestoreDocument, { input: { id } });
    return restore.transaction;
  });
  if (erased) return <p className="moderation hint">{t.isErased}</p>;
  return (
    <form className="moderation" onSubmit={(event) => void submit(event)}>
      <button type="submit">{t.restore}</button>
      <output className="answer refusal">{trouble}</output>
    </form>
  );
}
