/** What became of something that a reader did, in words. */
import { useState } from 'react';
import { ApiError } from '../data/api/client.ts';
import { useText } from '../i18n/language.ts';

export interface Said {
  text: string;
  isRefusal: boolean;
}

/** Nothing was done yet. */
export const SILENCE: Said = { text: '', isRefusal: false };

/** @param id by which a field names its answer. */
export function Outcome({ said: { text, isRefusal }, id }: { said: Said; id?: string }) {
  return (
    <output className={isRefusal ? 'answer refusal' : 'answer'} id={id}>
      {text}
    </output>
  );
}

/** Runs one action at a time, and says what came of it or why there is no answer. @param beginning said meanwhile. */
export function useAction(run: () => Promise<Said>, beginning = '') {
  const t = useText();
  const [isBusy, setBusy] = useState(false);
  const [said, setSaid] = useState(SILENCE);
  const failure = (error: unknown): Said => {
    const code = error instanceof ApiError ? error.code : null;
    return { text: code === null ? t.noAnswer : t.refusedQuery(code), isRefusal: true };
  };
  const start = async () => {
    if (isBusy) return;
    setBusy(true);
    setSaid({ text: beginning, isRefusal: false });
    setSaid(await run().catch(failure));
    setBusy(false);
  };
  return { isBusy, start, said };
}
