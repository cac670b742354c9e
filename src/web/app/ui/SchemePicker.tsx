import { useState } from 'react';
import { useText } from '../i18n/language.ts';
import { applyScheme, readScheme, SCHEMES, type Scheme } from '../lib/scheme.ts';
import { Picker } from './Picker.tsx';

/** Buttons for the choice of colours. */
export function SchemePicker() {
  const t = useText();
  const [scheme, setScheme] = useState(readScheme);
  const choose = (chosen: Scheme) => {
    applyScheme(chosen);
    setScheme(chosen);
  };
  return (
    <Picker
      className="languages"
      legend={t.scheme}
      names={t.schemes}
      values={SCHEMES}
      value={scheme}
      onChoose={choose}
    />
  );
}
