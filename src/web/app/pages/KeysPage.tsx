import { type FormEvent, useId, useState } from 'react';
import { Link } from 'wouter';
import { isHex } from '../../../domain/bytes.ts';
import { ask } from '../data/api/client.ts';
import { chooseIdentity, forgetIdentity, type Identity, importIdentity, useIdentities } from '../data/identities.ts';
import { workbench } from '../data/proof/workbench.ts';
import { AuthorDocument } from '../generated/graphql.ts';
import { useText } from '../i18n/language.ts';
import { MasonMark } from '../post/MasonMark.tsx';
import { authorPath } from '../ui/paths.ts';
import { Title } from '../ui/Title.tsx';
import { Name } from '../ui/text/Name.tsx';
import { Backup } from '../write/Backup.tsx';

/** The names of this browser, and the way in for one that was kept elsewhere. */
export function KeysPage() {
  const t = useText();
  const { all, current } = useIdentities();
  const named = all.filter(({ name }) => name !== null);
  return (
    <>
      <Title>{t.keys}</Title>
      <p className="lead">{t.keysLead}</p>
      {named.length === 0 ? <p className="empty">{t.noKeys}</p> : null}
      <ul className="identities">
        {named.map((identity) => (
          <li key={identity.publicKey}>
            <Owned identity={identity} isCurrent={identity.publicKey === current} />
          </li>
        ))}
      </ul>
      <Import />
    </>
  );
}

function Owned({ identity, isCurrent }: { identity: Identity; isCurrent: boolean }) {
  const t = useText();
  const [isLeaving, setLeaving] = useState(false);
  const { publicKey, name, isBackedUp } = identity;
  return (
    <>
      <div className="identity">
        <MasonMark publicKey={publicKey} size={40} />
        <p>
          <Link className="author" href={authorPath(name ?? '')}>
            <Name>{name ?? ''}</Name>
          </Link>
          <code>{publicKey}</code>
        </p>
        {isCurrent ? (
          <span className="mine">{t.writesNow}</span>
        ) : (
          <button type="button" className="small" onClick={() => void chooseIdentity(publicKey)}>
            {t.writeAs}
          </button>
        )}
        <button type="button" className="small" aria-expanded={isLeaving} onClick={() => setLeaving(!isLeaving)}>
          {t.forget}
        </button>
      </div>
      {isLeaving && (
        <p className="alarm">
          {t.forgetWarning}{' '}
          <button type="button" className="small" onClick={() => void forgetIdentity(publicKey)}>
            {t.forgetReally}
          </button>
        </p>
      )}
      {!isBackedUp && <Backup identity={identity} />}
    </>
  );
}

/** A seed of 64 digits. The name is what the chain says it is; a key that has none yet is given one. */
function Import() {
  const t = useText();
  const ids = { seed: useId(), name: useId(), answer: useId() };
  const [seed, setSeed] = useState('');
  const [name, setName] = useState('');
  const [said, setSaid] = useState<{ text: string; isRefusal: boolean }>({ text: '', isRefusal: false });
  const [isNameless, setNameless] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const digits = seed.trim().toLowerCase();
    if (!isHex(digits, 32)) return setSaid({ text: t.seedMalformed, isRefusal: true });
    const publicKey = await workbench().publicKeyOf(digits);
    const found = await ask(AuthorDocument, { publicKey, name: null }).catch(() => null);
    if (!found) return setSaid({ text: t.noAnswer, isRefusal: true });
    const chosen = found.author?.name ?? name;
    if (chosen === '') {
      setNameless(true);
      return setSaid({ text: t.keyNameless, isRefusal: true });
    }
    await importIdentity(digits, chosen);
    setSeed('');
    setNameless(false);
    setSaid({ text: t.imported, isRefusal: false });
  };

  return (
    <section className="import">
      <h2>{t.importTitle}</h2>
      <p>{t.importLead}</p>
      <form onSubmit={(event) => void submit(event)}>
        <label htmlFor={ids.seed}>{t.seed}</label>
        <input
          id={ids.seed}
          required
          autoComplete="off"
          spellCheck={false}
          value={seed}
          aria-describedby={ids.answer}
          onChange={({ target }) => setSeed(target.value)}
        />
        {isNameless && (
          <>
            <label htmlFor={ids.name}>{t.name}</label>
            <input id={ids.name} required dir="auto" value={name} onChange={({ target }) => setName(target.value)} />
          </>
        )}
        <button type="submit">{t.import}</button>
      </form>
      <output className={said.isRefusal ? 'answer refusal' : 'answer'} id={ids.answer}>
        {said.text}
      </output>
    </section>
  );
}
