import { type FormEvent, useId, useState } from 'react';
import { Link } from 'wouter';
import { ROUTES } from '../../../routes.ts';
import { readToken, wasTokenRefused, writeToken } from '../../data/api/token.ts';
import { useFeed } from '../../data/feed/useFeed.ts';
import { useText } from '../../i18n/language.ts';

/** Who is the operator: the node's own machine, or who has its token. It is kept while the tab is open. */
export function Token({ isOperator }: { isOperator: boolean }) {
  const t = useText();
  const feed = useFeed();
  const ids = { token: useId(), hint: useId() };
  const [token, setToken] = useState('');
  const [isTried, setTried] = useState(false);
  const give = (value: string | null) => {
    writeToken(value);
    setTried(value !== null);
    setToken('');
    feed.reconnect();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    give(token.trim());
  };
  if (isOperator) {
    return (
      <section>
        <h2>{t.operator}</h2>
        <p>
          {t.isOperator} <Link href={ROUTES.withholdings}>{t.allDecisions}</Link>
        </p>
        {readToken() !== null && (
          <button type="button" className="small" onClick={() => give(null)}>
            {t.forgetToken}
          </button>
        )}
      </section>
    );
  }
  return (
    <section>
      <h2>{t.operator}</h2>
      <p id={ids.hint}>{t.tokenLead}</p>
      <form className="inline" onSubmit={submit}>
        <label htmlFor={ids.token}>{t.token}</label>
        <input
          id={ids.token}
          type="password"
          required
          autoComplete="off"
          value={token}
          aria-describedby={ids.hint}
          onChange={({ target }) => setToken(target.value)}
        />
        <button type="submit">{t.useToken}</button>
      </form>
      {isTried && wasTokenRefused() && (
        <p className="refusal" role="status">
          {t.tokenRefused}
        </p>
      )}
    </section>
  );
}
