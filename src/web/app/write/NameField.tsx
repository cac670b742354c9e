import { type Ref, useEffect, useId, useState } from 'react';
import { Link } from 'wouter';
import { ROUTES } from '../../routes.ts';
import { ask } from '../data/api/client.ts';
import { chooseIdentity, useNames } from '../data/keys/identities.ts';
import { AuthorDocument } from '../generated/graphql.ts';
import { useText } from '../i18n/language.ts';
import { authorPath } from '../ui/paths.ts';

/** Milliseconds without a key pressed after which a name is looked up. */
const PAUSE = 300;

interface Props {
  ref: Ref<HTMLInputElement>;
  value: string;
  isWrong: boolean;
  describedBy: string;
  onChange(value: string): void;
}

/** The wish for a name, which is looked up while it is typed. */
export function NameField({ ref, value, isWrong, describedBy, onChange }: Props) {
  const t = useText();
  const id = useId();
  const name = value.trim();
  const names = useNames();
  const own = names.find((identity) => identity.name === name);
  const owner = useOwner(own ? '' : name);
  const other = own ?? names[0];
  return (
    <div className="name-field">
      <label htmlFor={id}>{t.name}</label>
      <input
        id={id}
        ref={ref}
        required
        dir="auto"
        autoComplete="nickname"
        autoCapitalize="none"
        spellCheck={false}
        value={value}
        aria-invalid={isWrong || owner !== null}
        aria-describedby={`${id}-owner ${describedBy}`}
        onChange={({ target }) => onChange(target.value)}
      />
      <p className="hint" id={`${id}-owner`} aria-live="polite">
        {owner ? (
          <span className="refusal">
            {t.nameTaken} <Link href={authorPath(name)}>{owner.slice(0, 8)}</Link>.
          </span>
        ) : (
          t.nameHint
        )}{' '}
        {other ? (
          <button type="button" className="plain" onClick={() => void chooseIdentity(other.name)}>
            {own ? t.keepThisName : t.keepName}
          </button>
        ) : (
          <Link href={ROUTES.keys}>{t.haveKey}</Link>
        )}
      </p>
    </div>
  );
}

/** The key that owns a name; null: the name is free, or its key is not known yet. */
function useOwner(name: string): string | null {
  const [owner, setOwner] = useState<{ name: string; key: string | null }>({ name: '', key: null });
  useEffect(() => {
    if (name === '') return;
    const timer = setTimeout(() => {
      void ask(AuthorDocument, { name, publicKey: null })
        .then(({ author }) => setOwner({ name, key: author?.publicKey ?? null }))
        .catch(() => {});
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [name]);
  return owner.name === name ? owner.key : null;
}
