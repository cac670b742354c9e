import { lazy, Suspense, useId, useState } from 'react';
import { confirmCopy, type Identity, seedOf } from '../data/keys/identities.ts';
import { workbench } from '../data/proof/workbench.ts';
import { useText } from '../i18n/language.ts';
import { download, fileNameOf } from '../lib/download.ts';
import { legible } from '../lib/legible.ts';
import { Icon } from '../ui/Icon.tsx';

const ShownKey = lazy(() => import('./ShownKey.tsx').then(({ ShownKey }) => ({ default: ShownKey })));

/** The ways to keep a key elsewhere: a file, sealed if a password is given; words; digits and a picture of them. */
export function KeyCopy({ identity, onDone }: { identity: Identity; onDone?(): void }) {
  const t = useText();
  const [seed, setSeed] = useState<string | null>(null);
  const [trouble, setTrouble] = useState('');
  const attempt = (run: () => Promise<void>) => void run().catch(() => setTrouble(t.keyUnreadable));
  const finish = () => {
    attempt(() => confirmCopy(identity.name));
    onDone?.();
  };
  return (
    <section className="backup" aria-label={t.copyTitle}>
      <h2>{t.copyTitle}</h2>
      <p>{t.copyLead(legible(identity.name))}</p>
      <KeyFile identity={identity} attempt={attempt} />
      {seed === null ? (
        <button type="button" className="small" onClick={() => attempt(async () => setSeed(await seedOf(identity)))}>
          {t.showKey}
        </button>
      ) : (
        <Suspense fallback={<p>…</p>}>
          <ShownKey seed={seed} />
        </Suspense>
      )}
      <p className="actions">
        <button type="button" className="main" onClick={finish}>
          {t.copyDone}
        </button>
        <output className="answer refusal">{trouble}</output>
      </p>
    </section>
  );
}

function KeyFile({ identity, attempt }: { identity: Identity; attempt(run: () => Promise<void>): void }) {
  const t = useText();
  const id = useId();
  const [password, setPassword] = useState('');
  const [isSealing, setSealing] = useState(false);
  const { name, publicKey } = identity;
  const save = async () => {
    const seed = await seedOf(identity);
    if (password === '') return download(`${fileNameOf(name)}.seed`, `${seed}\n`);
    setSealing(true);
    const file = await workbench().sealedFile({ name, seed }, publicKey, password);
    setSealing(false);
    download(`${fileNameOf(name)}.key.json`, file, 'application/json');
  };
  return (
    <form
      className="inline"
      onSubmit={(event) => {
        event.preventDefault();
        attempt(save);
      }}
    >
      <label htmlFor={id}>{t.filePassword}</label>
      <input
        id={id}
        type="password"
        autoComplete="new-password"
        value={password}
        onChange={({ target }) => setPassword(target.value)}
      />
      <button type="submit" aria-disabled={isSealing}>
        <Icon name="receipt" />
        {isSealing ? t.sealing : password === '' ? t.download : t.downloadSealed}
      </button>
    </form>
  );
}
