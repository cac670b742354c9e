import { type FormEvent, Suspense, useId, useState } from 'react';
import { confirmCopy, type Identity, recoveryOf, seedOf } from '../data/keys/identities.ts';
import { workbench } from '../data/proof/workbench.ts';
import { useText } from '../i18n/language.ts';
import { download, fileNameOf } from '../lib/download.ts';
import { lazily } from '../lib/lazily.ts';
import { legible } from '../lib/legible.ts';
import { Icon } from '../ui/Icon.tsx';

const ShownKey = lazily(() => import('./ShownKey.tsx'), 'ShownKey');

/** What is to be kept of a name: of a new one the recovery file, later the key itself. */
export function Keeping({ identity }: { identity: Identity }) {
  return identity.recovery ? <RecoveryCopy identity={identity} /> : <KeyCopy identity={identity} />;
}

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
      <SaveFile save={(password) => saveKey(identity, password)} onTrouble={() => setTrouble(t.keyUnreadable)} />
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

/** The recovery file of a new name: given once, and then not kept here any more. */
function RecoveryCopy({ identity }: { identity: Identity }) {
  const t = useText();
  const [isSaved, setSaved] = useState(false);
  const [trouble, setTrouble] = useState('');
  const save = async (password: string) => {
    await saveRecovery(identity, password);
    setSaved(true);
  };
  return (
    <section className="backup" aria-label={t.recoveryTitle}>
      <h2>{t.recoveryTitle}</h2>
      <p>{t.recoveryLead(legible(identity.name))}</p>
      <SaveFile save={save} onTrouble={() => setTrouble(t.keyUnreadable)} />
      <p className="actions">
        {isSaved && (
          <button type="button" className="main" onClick={() => void confirmCopy(identity.name)}>
            {t.recoveryDone}
          </button>
        )}
        <output className="answer refusal">{trouble}</output>
      </p>
    </section>
  );
}

async function saveKey({ name, publicKey, ...identity }: Identity, password: string): Promise<void> {
  const seed = await seedOf({ name, publicKey, ...identity });
  if (password === '') return download(`${fileNameOf(name)}.seed`, `${seed}\n`);
  const file = await workbench().sealedFile({ name, seed }, publicKey, password);
  download(`${fileNameOf(name)}.key.json`, file, 'application/json');
}

async function saveRecovery(identity: Identity, password: string): Promise<void> {
  const seed = await recoveryOf(identity);
  if (seed === null) return;
  const file = await workbench().recoveryFile(identity.name, seed, password);
  download(`${fileNameOf(identity.name)}.recovery.json`, file, 'application/json');
}

/** A file, sealed with a password if one is given. */
function SaveFile({ save, onTrouble }: { save(password: string): Promise<void>; onTrouble(): void }) {
  const t = useText();
  const id = useId();
  const [password, setPassword] = useState('');
  const [isSealing, setSealing] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setSealing(password !== '');
    void save(password)
      .catch(onTrouble)
      .finally(() => setSealing(false));
  };
  return (
    <form className="inline" onSubmit={submit}>
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
