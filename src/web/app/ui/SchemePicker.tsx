import { useState } from 'react';
import { useText } from '../i18n/language.ts';
import { applyScheme, readScheme, SCHEMES, type Scheme } from '../lib/scheme.ts';

/** Buttons for the choice of colours. */
export function SchemePicker() {
  const t = useText();
  const [scheme, setScheme] = useState(readScheme);
  const choose = (chosen: Scheme) => {
    applyScheme(chosen);
    setScheme(chosen);
  };
  return (
    <fieldset className="languages">
      <legend className="unseen-text">{t.scheme}</legend>
      {SCHEMES.map((each) => (
        <button key={each} type="button" className="plain" aria-pressed={each === scheme} onClick={() => choose(each)}>
          {t.schemes[each]}
        </button>
      ))}
    </fieldset>
  );
}
