import { useState } from 'react';
import { Link } from 'wouter';
import { chooseIdentity, forgetIdentity, type Identity, useIdentities } from '../../data/keys/identities.ts';
import { useText } from '../../i18n/language.ts';
import { legible } from '../../lib/legible.ts';
import { MasonMark } from '../../post/MasonMark.tsx';
import { authorPath } from '../../ui/paths.ts';
import { Name } from '../../ui/text/Name.tsx';
import { Keeping, KeyCopy } from '../../write/KeyCopy.tsx';

/** The action that waits for confirmation. */
type Asked = 'remove' | 'show' | 'shown' | null;

/** A name of this browser: to write under, to keep elsewhere, to remove. */
export function Owned({ identity }: { identity: Identity }) {
  const t = useText();
  const { current } = useIdentities();
  const [asked, ask] = useState<Asked>(null);
  const { name, publicKey, hasCopy } = identity;
  const isShowing = asked === 'show' || asked === 'shown';
  const toggle = (one: Asked) => ask(asked === one ? null : one);
  return (
    <>
      <div className="identity">
        <MasonMark publicKey={publicKey} size={40} />
        <p>
          <Link className="author" href={authorPath(name)}>
            <Name>{name}</Name>
          </Link>
          <code>{publicKey}</code>
        </p>
        {name === current ? (
          <span className="mine">{t.writesNow}</span>
        ) : (
          <button type="button" className="small" onClick={() => void chooseIdentity(name)}>
            {t.writeAs}
          </button>
        )}
        <button type="button" className="small" aria-expanded={isShowing} onClick={() => toggle('show')}>
          {t.exportKey}
        </button>
        <button type="button" className="small" aria-expanded={asked === 'remove'} onClick={() => toggle('remove')}>
          {t.forget}
        </button>
      </div>
      {asked === 'remove' && (
        <p className="alarm">
          {t.forgetWarning}{' '}
          <button type="button" className="small" onClick={() => void forgetIdentity(name)}>
            {t.forgetReally}
          </button>
        </p>
      )}
      {asked === 'show' && (
        <p className="alarm">
          {t.exportWarning(legible(name))}{' '}
          <button type="button" className="small" onClick={() => ask('shown')}>
            {t.exportReally}
          </button>
        </p>
      )}
      {asked === 'shown' && <KeyCopy identity={identity} onDone={() => ask(null)} />}
      {!hasCopy && asked !== 'shown' && <Keeping identity={identity} />}
    </>
  );
}
