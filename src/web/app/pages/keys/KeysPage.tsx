import { useNames } from '../../data/keys/identities.ts';
import { usePersistence } from '../../data/keys/persistence.ts';
import { useText } from '../../i18n/language.ts';
import { Title } from '../../ui/Title.tsx';
import { Import } from './Import.tsx';
import { Owned } from './Owned.tsx';
import { TakeOver } from './TakeOver.tsx';

/** The names of this browser, and the way in for one that was kept elsewhere. */
export function KeysPage() {
  const t = useText();
  const names = useNames();
  return (
    <>
      <Title>{t.keys}</Title>
      <p className="lead">{t.keysLead}</p>
      {names.length === 0 ? <p className="empty">{t.noKeys}</p> : <Persistence />}
      <ul className="identities">
        {names.map((identity) => (
          <li key={identity.name}>
            <Owned identity={identity} />
          </li>
        ))}
      </ul>
      <Import />
      <TakeOver />
    </>
  );
}

/** What the browser answered when it was asked to keep the keys. */
function Persistence() {
  const t = useText();
  const answer = usePersistence();
  if (answer === null) return null;
  return <p className="hint">{answer === 'kept' ? t.storageKept : t.storageAtRisk}</p>;
}
