import { useText } from '../../i18n/language.ts';
import { Copy } from '../../ui/text/Copy.tsx';

/** Where each field of the 80 bytes ends, in hex digits (docs/PROTOCOL.md). */
const ENDS = { version: 8, previousHash: 72, merkleRoot: 136, time: 144, bitsName: 152, nonce: 160 } as const;

/** The 80 bytes as they are hashed, in the pieces that they are made of. */
export function RawHeader({ header }: { header: string }) {
  const t = useText();
  let start = 0;
  return (
    <details className="raw">
      <summary>{t.raw}</summary>
      <p className="about">{t.about.raw}</p>
      <p className="bytes">
        {(Object.keys(ENDS) as (keyof typeof ENDS)[]).map((field) => {
          const piece = header.slice(start, ENDS[field]);
          start = ENDS[field];
          return (
            <span key={field} title={t[field]}>
              {piece}
            </span>
          );
        })}
      </p>
      <Copy text={header} />
    </details>
  );
}
