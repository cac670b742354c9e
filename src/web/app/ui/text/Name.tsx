import { useText } from '../../i18n/language.ts';
import { spell } from '../../lib/legible.ts';

/** A name or topic of somebody's: cut off from the text around it, and with what cannot be seen in it spelled out. */
export function Name({ children }: { children: string }) {
  const t = useText();
  return (
    <bdi className="name">
      {spell(children).map(({ text, isSpelled }, index) =>
        isSpelled ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text never change their order
          <span key={index} className="unseen" title={t.unseenCharacter}>
            {text}
          </span>
        ) : (
          text
        ),
      )}
    </bdi>
  );
}
