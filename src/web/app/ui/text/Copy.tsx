import { useState } from 'react';
import { useText } from '../../i18n/language.ts';
import { Icon } from '../Icon.tsx';

/** Copies a text. Where the browser does not let it (a page over plain HTTP), the text is there to be selected. */
export function Copy({ text }: { text: string }) {
  const t = useText();
  const [isDone, setDone] = useState(false);
  if (!('clipboard' in navigator)) return null;
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setDone(true),
      () => setDone(false),
    );
  return (
    <button type="button" className="plain" onClick={() => void copy()}>
      <Icon name="copy" />
      {isDone ? t.copied : t.copy}
    </button>
  );
}
