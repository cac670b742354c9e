/** What is being written, kept until it was taken: one draft for the feed, and one for each post that is answered. */
import { del, get, set } from 'idb-keyval';
import { useCallback, useEffect, useRef, useState } from 'react';
import { browserStore } from '../lib/browserStore.ts';

interface DraftText {
  content: string;
  topics: string;
  /** The wish for a name, while there is none. */
  name: string;
  isSealed: boolean;
}

const EMPTY: DraftText = { content: '', topics: '', name: '', isSealed: false };

const store = browserStore('stele-drafts', 'drafts');

/** A browser that keeps nothing: the draft lives as long as the page. */
const read = async (target: string) => get<DraftText>(target, store());
const write = async (target: string, draft: DraftText) =>
  draft.content + draft.topics + draft.name === '' ? del(target, store()) : set(target, draft, store());

/** A text that exists already, to begin with. */
export interface Beginning {
  content: string | null;
  topics: readonly string[];
}

/**
 * @param target id of the post that is answered, `feed`, or the like.
 * @param beginning what the draft is where none is kept.
 */
export function useDraft(target: string, beginning: Beginning | undefined) {
  const empty = { ...EMPTY, content: beginning?.content ?? '', topics: beginning?.topics.join(', ') ?? '' };
  const first = useRef(empty);
  const [draft, setDraft] = useState(empty);
  const touched = useRef(false);

  useEffect(() => {
    touched.current = false;
    void read(target)
      .catch(() => undefined)
      .then((kept) => {
        if (!touched.current) setDraft({ ...first.current, ...kept });
      });
  }, [target]);

  const edit = useCallback(
    (fields: Partial<DraftText>) => {
      touched.current = true;
      setDraft((before) => {
        const next = { ...before, ...fields };
        void write(target, next).catch(() => {});
        return next;
      });
    },
    [target],
  );

  return [draft, edit] as const;
}

/** Topics as people type them: parted by commas or line ends, without the sign in front. */
export function readTopics(text: string): string[] {
  const topics = text.split(/[,，、\n]/).map((topic) => topic.trim().replace(/^#/, ''));
  return [...new Set(topics.filter((topic) => topic !== ''))];
}
