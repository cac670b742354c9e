/** The file that somebody has handed to the page, until another takes its place. It is read here and sent nowhere. */
import { proxy } from 'comlink';
import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { FileReport } from './proof/readFile.ts';
import { useFollowed } from './proof/useProof.ts';
import { workbench } from './proof/workbench.ts';

const handed = createStore<{ file: File | null }>(() => ({ file: null }));

/** Hands a file to the page that checks files. */
export const handFile = (file: File) => handed.setState({ file });

export type Reading =
  | { state: 'reading'; bytes: number; of: number }
  | { state: 'read'; report: FileReport }
  /** The browser does not give the file out: it was moved, or changed while it was read. */
  | { state: 'unreadable' };

/** What the file is that was handed over last, or how far it has been read; null: there is none. */
export function useHandedFile(): { file: File; reading: Reading } | null {
  const { file } = useStore(handed);
  // The headers are followed first, because they tell where a proof's block stands.
  const isFollowed = useFollowed().followed !== null;
  const [known, setKnown] = useState<{ file: File; reading: Reading } | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: read again when the headers have been followed
  useEffect(() => {
    if (!file) return;
    let isOver = false;
    const tell = (reading: Reading) => !isOver && setKnown({ file, reading });
    tell({ state: 'reading', bytes: 0, of: file.size });
    const onProgress = proxy((bytes: number) => void tell({ state: 'reading', bytes, of: file.size }));
    workbench()
      .readFile(file, onProgress)
      .then((report) => tell({ state: 'read', report }))
      .catch(() => tell({ state: 'unreadable' }));
    return () => {
      isOver = true;
    };
  }, [file, isFollowed]);
  return known?.file === file ? known : null;
}
