import { type FormEvent, useId, useState } from 'react';
import { importIdentity } from '../../data/keys/identities.ts';
import { nameOfKey } from '../../data/keys/nameOfKey.ts';
import { InsecureError } from '../../data/keys/vault.ts';
import { workbench } from '../../data/proof/workbench.ts';
import { useText } from '../../i18n/language.ts';
import { FileField } from '../../ui/FileField.tsx';
import { Outcome, SILENCE } from '../../ui/Outcome.tsx';

/** The further inputs that a copy needs. */
type Missing = 'name' | 'password' | null;

/** Brings in a copy of a key. The name is what the copy, the chain or the pool says it is; else it is asked for. */
export function Import() {
  const t = useText();
  const ids = { copy: useId(), answer: useId() };
  const { copy, setCopy, more, setMore, missing, said, submit } = useImport();
  const read = async (file: File | null) => setCopy(file ? await file.text() : '');
  return (
    <section className="import">
      <h2>{t.importTitle}</h2>
      <p>{t.importLead}</p>
      <form onSubmit={(event) => void submit(event)}>
        <label htmlFor={ids.copy}>{t.keyCopy}</label>
        <textarea
          id={ids.copy}
          required
          rows={3}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={copy}
          aria-describedby={ids.answer}
          onChange={({ target }) => setCopy(target.value)}
        />
        <FileField label={t.keyFile} onChoose={(file) => void read(file)} />
        {missing && <More missing={missing} value={more} onChange={setMore} />}
        <button type="submit">{t.import}</button>
      </form>
      <Outcome said={said} id={ids.answer} />
    </section>
  );
}

function More({
  missing,
  value,
  onChange,
}: {
  missing: 'name' | 'password';
  value: string;
  onChange(to: string): void;
}) {
  const t = useText();
  const id = useId();
  return (
    <>
      <label htmlFor={id}>{missing === 'name' ? t.name : t.password}</label>
      <input
        id={id}
        required
        type={missing === 'name' ? 'text' : 'password'}
        dir="auto"
        autoCapitalize="none"
        autoComplete="off"
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
    </>
  );
}

function useImport() {
  const t = useText();
  const [copy, setCopyText] = useState('');
  const [more, setMore] = useState('');
  const [missing, setMissing] = useState<Missing>(null);
  const [said, setSaid] = useState(SILENCE);
  const refuse = (text: string, wanted: Missing = missing) => {
    setMissing(wanted);
    setSaid({ text, isRefusal: true });
  };
  const setCopy = (text: string) => {
    setCopyText(text);
    setMissing(null);
    setMore('');
  };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const reading = await workbench().readCopy(copy, missing === 'password' ? more : null);
    if (reading.kind === 'sealed') return refuse(t.copySealed, 'password');
    if (reading.kind === 'recovery') return refuse(t.isRecoveryFile);
    if (reading.kind !== 'key') return refuse(t.copyFaults[reading.kind]);
    const { seed, name } = reading.key;
    const found = await nameOfKey(await workbench().publicKeyOf(seed)).catch(() => undefined);
    if (found === undefined) return refuse(t.noAnswer);
    const chosen = found ?? name ?? (missing === 'name' ? more.trim() : '');
    if (chosen === '') return refuse(t.keyNameless, 'name');
    try {
      await importIdentity(seed, chosen);
    } catch (error) {
      return refuse(error instanceof InsecureError ? t.insecure : t.keyless);
    }
    setCopy('');
    setSaid({ text: t.imported, isRefusal: false });
  };
  return { copy, setCopy, more, setMore, missing, said, submit };
}
