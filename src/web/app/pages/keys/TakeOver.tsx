import { type FormEvent, useId, useState } from 'react';
import { ask } from '../../data/api/client.ts';
import { useFeed, useFeedState } from '../../data/feed/useFeed.ts';
import { takeOver } from '../../data/keys/identities.ts';
import { workbench } from '../../data/proof/workbench.ts';
import { send } from '../../data/send.ts';
import { AuthorDocument, BindingDocument } from '../../generated/graphql.ts';
import type { Text } from '../../i18n/en.ts';
import { useText } from '../../i18n/language.ts';
import { legible } from '../../lib/legible.ts';
import { FileField } from '../../ui/FileField.tsx';
import { Outcome, SILENCE } from '../../ui/Outcome.tsx';

/** For a name whose key was lost or stolen: the recovery file, and the post by which its key takes the name over. */
export function TakeOver() {
  const t = useText();
  return (
    <section className="import">
      <h2>{t.takeOverTitle}</h2>
      <p>{t.takeOverLead}</p>
      {[t.lostKey, t.stolenKey].map((title) => (
        <details key={title} className="take-over">
          <summary>{title}</summary>
          <p className="hint">{title === t.lostKey ? t.lostKeyLead : t.stolenKeyLead}</p>
          <TakeOverForm />
        </details>
      ))}
    </section>
  );
}

function TakeOverForm() {
  const t = useText();
  const ids = { password: useId(), text: useId(), answer: useId() };
  const { file, choose, isSealed, password, setPassword, text, setText, said, isBusy, submit } = useTakeOver();
  return (
    <form onSubmit={(event) => void submit(event)}>
      <FileField label={t.recoveryFile} required onChoose={choose} />
      {isSealed && (
        <>
          <label htmlFor={ids.password}>{t.password}</label>
          <input
            id={ids.password}
            type="password"
            required
            autoComplete="off"
            value={password}
            onChange={({ target }) => setPassword(target.value)}
          />
        </>
      )}
      <label htmlFor={ids.text}>{t.takeOverPost}</label>
      <textarea
        id={ids.text}
        required
        dir="auto"
        rows={2}
        value={text}
        aria-describedby={ids.answer}
        onChange={({ target }) => setText(target.value)}
      />
      <button type="submit" className="main" aria-disabled={isBusy || file === null}>
        {t.takeOverNow}
      </button>
      <Outcome said={said} id={ids.answer} />
    </form>
  );
}

function useTakeOver() {
  const t = useText();
  const feed = useFeed();
  const node = useFeedState((state) => state.node);
  const [file, setFile] = useState<File | null>(null);
  const [isSealed, setSealed] = useState(false);
  const [password, setPassword] = useState('');
  const [text, setText] = useState(t.takeOverText);
  const [isBusy, setBusy] = useState(false);
  const [said, setSaid] = useState(SILENCE);
  const refuse = (reason: string) => setSaid({ text: reason, isRefusal: true });
  // What was said of one file, and its password, are not those of the next.
  const choose = (chosen: File | null) => {
    setFile(chosen);
    setSealed(false);
    setPassword('');
    setSaid(SILENCE);
  };

  const run = async () => {
    if (!file || !node) return refuse(t.noAnswer);
    const reading = await workbench().readCopy(await file.text(), isSealed ? password : null);
    if (reading.kind === 'sealed') {
      setSealed(true);
      return refuse(t.copySealed);
    }
    if (reading.kind !== 'recovery')
      return refuse(reading.kind === 'wrong-password' ? t.copyFaults[reading.kind] : t.noRecoveryFile);
    const { name, seed } = reading.key;
    const mismatch = await mismatchOf(name, seed, t);
    if (mismatch) return refuse(mismatch);
    await takeOver(name, seed);
    const outcome = await send({ author: name, content: text, topics: [], replyTo: null }, node);
    if (outcome.kind === 'sent') {
      feed.learn(outcome.post);
      return setSaid({ text: t.takenOver(legible(name)), isRefusal: false });
    }
    refuse(outcome.kind === 'refused' ? `${t.refusedPost} ${outcome.message} (${outcome.reason})` : t[outcome.kind]);
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    await run().catch(() => refuse(t.keyless));
    setBusy(false);
  };
  return { file, choose, isSealed, password, setPassword, text, setText, said, isBusy, submit };
}

/** Why a recovery key cannot take a name over; null when it can. @throws ApiError */
async function mismatchOf(name: string, seed: string, t: Text): Promise<string | null> {
  const { author } = await ask(AuthorDocument, { name, publicKey: null });
  const publicKey = await workbench().publicKeyOf(seed);
  if (!author) return t.nameUnbound(legible(name));
  if (author.publicKey === publicKey) return null;
  const { transactions } = await ask(BindingDocument, { name, publicKey: author.publicKey });
  const successor = transactions.nodes[0]?.successor ?? null;
  if (successor === null) return t.noSuccessor;
  return successor === (await workbench().successorOf(publicKey)) ? null : t.anotherSuccessor(legible(name));
}
