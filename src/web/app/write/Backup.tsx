import { confirmBackup, type Identity } from '../data/identities.ts';
import { useText } from '../i18n/language.ts';
import { download } from '../lib/download.ts';
import { legible } from '../lib/legible.ts';
import { Icon } from '../ui/Icon.tsx';
import { Copy } from '../ui/text/Copy.tsx';

/** The key of a new name, to be kept elsewhere. It is shown until its owner says that it is, and not again. */
export function Backup({ identity: { seed, name, publicKey } }: { identity: Identity }) {
  const t = useText();
  return (
    <section className="backup" aria-label={t.backupTitle}>
      <h2>{t.backupTitle}</h2>
      <p>{t.backupLead(legible(name ?? ''))}</p>
      <code className="seed">{seed}</code>
      <p className="actions">
        <button type="button" onClick={() => download('stele.seed', `${seed}\n`)}>
          <Icon name="receipt" />
          {t.download}
        </button>
        <Copy text={seed} />
        <button type="button" className="main" onClick={() => void confirmBackup(publicKey)}>
          {t.backupDone}
        </button>
      </p>
    </section>
  );
}
