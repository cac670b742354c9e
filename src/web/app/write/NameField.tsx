import { type Ref, useEffect, useId, useState } from 'react';
import { Link } from 'wouter';
import { ROUTES } from '../../routes.ts';
import { ask } from '../data/api/client.ts';
import { chooseIdentity, useNames } from '../data/keys/identities.ts';
import { NameCheckDocument } from '../generated/graphql.ts';
import { useText } from '../i18n/language.ts';
import { authorPath } from '../ui/paths.ts';
import { Name } from '../ui/text/Name.tsx';

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
  const { owner, like } = useCheck(own ? '' : name);
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
        aria-invalid={isWrong || owner !== null || like !== null}
        aria-describedby={`${id}-owner ${describedBy}`}
        onChange={({ target }) => onChange(target.value)}
      />
      <p className="hint" id={`${id}-owner`} aria-live="polite">
        {owner ? (
          <span className="refusal">
            {t.nameTaken} <Link href={authorPath(name)}>{owner.slice(0, 8)}</Link>
            {t.fullStop}
          </span>
        ) : like !== null ? (
          <span className="refusal">
            {t.nameLike}{' '}
            <Link href={authorPath(like)}>
              <Name>{like}</Name>
            </Link>
            {t.nameLikeStop}
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

interface NameCheck {
  /** The key that owns the name; null: the name is free, or its key is not known yet. */
  owner: string | null;
  /** A name on the chain that a free one looks like, so that the node would refuse the free one; null: none is known. */
  like: string | null;
}

const UNKNOWN: NameCheck = { owner: null, like: null };

function useCheck(name: string): NameCheck {
  const [check, setCheck] = useState<NameCheck & { name: string }>({ name: '', ...UNKNOWN });
  useEffect(() => {
    if (name === '') return;
    const timer = setTimeout(() => {
      void ask(NameCheckDocument, { name })
        .then(({ author, lookalikes }) => {
          const like = author ? null : (lookalikes[0]?.name ?? null);
          setCheck({ name, owner: author?.publicKey ?? null, like });
        })
        // A name that is too long is refused where it is checked again, before it is signed.
        .catch(() => {});
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [name]);
  return check.name === name ? check : UNKNOWN;
}
