/** What the operator can do about other nodes. */
import { type FormEvent, useId, useState } from 'react';
import { ask } from '../../data/api/client.ts';
import { queryOf } from '../../data/query.ts';
import { AddPeerDocument, PeersDocument, RemovePeerDocument, ResyncDocument } from '../../generated/graphql.ts';
import { useText } from '../../i18n/language.ts';
import { Outcome, type Said, useAction } from '../../ui/Outcome.tsx';

/** An action after which the list of peers is read again. */
function useTool(run: () => Promise<Said>) {
  const { isBusy, start, said } = useAction(run);
  const startAndRead = async () => {
    await start();
    await queryOf(PeersDocument, {}).readAgain();
  };
  return { isBusy, start: startAndRead, said };
}

export function AddPeer() {
  const t = useText();
  const id = useId();
  const [url, setUrl] = useState('');
  const { isBusy, start, said } = useTool(async () => {
    const { outcome } = (await ask(AddPeerDocument, { url: url.trim() })).addPeer;
    if (outcome === 'CONNECTED') setUrl('');
    return { text: t.peerOutcomes[outcome], isRefusal: outcome !== 'CONNECTED' };
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void start();
  };
  return (
    <form className="inline" onSubmit={submit}>
      <label htmlFor={id}>{t.peerAddress}</label>
      <input
        id={id}
        inputMode="url"
        autoComplete="url"
        required
        placeholder="https://stele.example"
        value={url}
        onChange={({ target }) => setUrl(target.value)}
      />
      <button type="submit" aria-disabled={isBusy}>
        {t.addPeer}
      </button>
      <Outcome said={said} />
    </form>
  );
}

export function Resync() {
  const t = useText();
  const { isBusy, start, said } = useTool(async () => {
    const { asked, answered, attached, detached, posts } = (await ask(ResyncDocument, {})).resync;
    return { text: t.resynced({ asked, answered, attached, detached, posts }), isRefusal: false };
  });
  return (
    <div className="actions">
      <button type="button" aria-disabled={isBusy} onClick={() => void start()}>
        {t.resync}
      </button>
      <Outcome said={said} />
    </div>
  );
}

export function RemovePeer({ url }: { url: string }) {
  const t = useText();
  const { isBusy, start, said } = useTool(async () => {
    const { removed } = (await ask(RemovePeerDocument, { url })).removePeer;
    return { text: removed ? '' : t.peerUnknown, isRefusal: !removed };
  });
  return (
    <>
      <button
        type="button"
        className="small"
        aria-label={t.removePeer(url)}
        aria-disabled={isBusy}
        onClick={() => void start()}
      >
        {t.remove}
      </button>
      <Outcome said={said} />
    </>
  );
}
