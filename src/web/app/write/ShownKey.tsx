import { useEffect, useMemo, useState } from 'react';
import { encode } from 'uqr';
import { workbench } from '../data/proof/workbench.ts';
import { useText } from '../i18n/language.ts';
import { Copy } from '../ui/text/Copy.tsx';

/** A key to be written down: 24 words with a checksum, the digits, and a picture of them for another device. */
export function ShownKey({ seed }: { seed: string }) {
  const t = useText();
  const [words, setWords] = useState<string[]>([]);
  useEffect(() => {
    void workbench()
      .wordsOf(seed)
      .then((text) => setWords(text.split(' ')));
  }, [seed]);
  return (
    <div className="shown-key">
      <h3>{t.keyWords}</h3>
      <ol className="key-words" lang="en">
        {words.map((word, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a word may come twice, and none changes its place
          <li key={index}>{word}</li>
        ))}
      </ol>
      <h3>{t.keyDigits}</h3>
      <code className="seed">{seed}</code>
      <Copy text={seed} />
      <QrCode text={seed} />
    </div>
  );
}

function QrCode({ text }: { text: string }) {
  const t = useText();
  const { size, path } = useMemo(() => {
    const { data, size } = encode(text, { ecc: 'M', border: 4 });
    const cells = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])));
    return { size, path: cells.join('') };
  }, [text]);
  return (
    <svg
      className="qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={t.keyPicture}
      shapeRendering="crispEdges"
    >
      <path d={path} />
    </svg>
  );
}
