import { useId } from 'react';
import { chooseIdentity, type Identity, useNames } from '../data/keys/identities.ts';
import { useText } from '../i18n/language.ts';
import { legible } from '../lib/legible.ts';
import { MasonMark } from '../post/MasonMark.tsx';

const ANOTHER = '';

/** Under which of the browser's names one writes. */
export function Signer({ identity }: { identity: Identity }) {
  const t = useText();
  const id = useId();
  return (
    <div className="signer">
      <MasonMark publicKey={identity.publicKey} size={22} />
      <label className="unseen-text" htmlFor={id}>
        {t.writeAs}
      </label>
      <select
        id={id}
        value={identity.name}
        onChange={({ target: { value } }) => void chooseIdentity(value === ANOTHER ? null : value)}
      >
        {useNames().map(({ name }) => (
          <option key={name} value={name}>
            {legible(name)}
          </option>
        ))}
        <option value={ANOTHER}>{t.anotherName}</option>
      </select>
    </div>
  );
}
