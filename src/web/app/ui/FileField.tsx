import { useId, useState } from 'react';
import { useText } from '../i18n/language.ts';

interface Props {
  label: string;
  required?: boolean;
  /** Told of the file that was chosen; null: none any more. */
  onChoose(file: File | null): void;
}

/** Takes a file. The browser's own field speaks the browser's language, so that it lies unseen over one in the page's. */
export function FileField({ label, required = false, onChoose }: Props) {
  const t = useText();
  const id = useId();
  const [name, setName] = useState('');
  const choose = (file: File | null) => {
    setName(file?.name ?? '');
    onChoose(file);
  };
  return (
    <div className="file-field">
      <label htmlFor={id}>{label}</label>
      <div className="file-choice">
        <input id={id} type="file" required={required} onChange={({ target }) => choose(target.files?.[0] ?? null)} />
        <span className="file-button" aria-hidden="true">
          {t.chooseFile}
        </span>
        <span className="file-name" aria-hidden="true">
          {name === '' ? t.noFile : <bdi>{name}</bdi>}
        </span>
      </div>
    </div>
  );
}
