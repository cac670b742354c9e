import { useState } from 'react';
import { ApiError } from '../data/api/client.ts';
import { useFeed } from '../data/feed/useFeed.ts';
import { type Opening, openingFile, readOpeningFile, reveal, useOpening } from '../data/openings.ts';
import type { PostFragment } from '../generated/graphql.ts';
import { useText } from '../i18n/language.ts';
import { download, fileNameOf } from '../lib/download.ts';
import { FileField } from '../ui/FileField.tsx';

/** Opens a sealed post: with what this browser has kept, or with the file of somebody who has. */
export function Reveal({ post }: { post: PostFragment }) {
  const isSealed = post.contentState === 'SEALED';
  const opening = useOpening(isSealed ? post.id : null);
  return isSealed ? <RevealTools post={post} opening={opening} /> : null;
}

function RevealTools({ post, opening }: { post: PostFragment; opening: Opening | null }) {
  const t = useText();
  const feed = useFeed();
  const [said, setSaid] = useState('');
  const open = async (found: Opening | null) => {
    if (!found) return setSaid(t.noOpening);
    try {
      const { outcome, transaction } = await reveal(post.id, found);
      feed.learn(transaction);
      setSaid(outcome === 'WITHHELD' ? t.revealWithheld : '');
    } catch (error) {
      setSaid(error instanceof ApiError && error.code !== null ? `${error.message} (${error.code})` : t.noAnswer);
    }
  };
  const save = (found: Opening) =>
    download(`${fileNameOf(post.author)}.opening.json`, openingFile(post.id, found), 'application/json');
  return (
    <div className="reveal">
      {opening ? (
        <p className="actions">
          <button type="button" className="main" onClick={() => void open(opening)}>
            {t.revealNow}
          </button>
          <button type="button" onClick={() => save(opening)}>
            {t.saveOpening}
          </button>
          <span className="hint">{t.revealLead}</span>
        </p>
      ) : (
        <details>
          <summary>{t.revealByFile}</summary>
          <FileField
            label={t.openingFile}
            onChoose={(file) => void file?.text().then((text) => open(readOpeningFile(text)))}
          />
        </details>
      )}
      <output className="answer refusal">{said}</output>
    </div>
  );
}
