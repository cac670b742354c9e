import { useText } from '../i18n/language.ts';

/** In place of a page that broke, or that belongs to an earlier version of the node. */
export function Broken() {
  const t = useText();
  return (
    <p className="alarm" role="alert">
      {t.broken}{' '}
      <button type="button" className="plain" onClick={() => location.reload()}>
        {t.reload}
      </button>
    </p>
  );
}
