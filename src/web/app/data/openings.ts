/** What opens the sealed posts of this browser: kept, itself sealed, until the text is revealed. Without it the post stays sealed for ever. */
import { del, get, set } from 'idb-keyval';
import { useEffect, useState } from 'react';
import { RevealDocument, type RevealMutation } from '../generated/graphql.ts';
import { browserStore } from '../lib/browserStore.ts';
import { ask } from './api/client.ts';
import { type Sealed, seal, unseal } from './keys/vault.ts';

/** The text and salt that open a sealed post. */
export interface Opening {
  author: string;
  content: string;
  /** 32 hex digits. */
  salt: string;
}

const FORMAT = 'stele-opening';

const store = browserStore('stele-openings', 'openings');

/** @throws where the browser keeps nothing. */
export async function keepOpening(id: string, opening: Opening): Promise<void> {
  await set(id, await seal(JSON.stringify(opening)), store());
}

/** The post was refused: nothing is sealed. */
export const dropOpening = (id: string) => del(id, store());

async function readOpening(id: string): Promise<Opening | null> {
  const kept = await get<Sealed>(id, store());
  return kept ? JSON.parse(await unseal(kept)) : null;
}

/** What opens a post, if it was sealed in this browser. @param id null: nothing is asked. */
export function useOpening(id: string | null): Opening | null {
  const [opening, setOpening] = useState<Opening | null>(null);
  useEffect(() => {
    if (id === null) return;
    void readOpening(id)
      .then(setOpening)
      .catch(() => {});
  }, [id]);
  return id === null ? null : opening;
}

/** The text of the file that `stele reveal` takes, too. */
export const openingFile = (id: string, opening: Opening) =>
  `${JSON.stringify({ format: FORMAT, id, ...opening }, null, 2)}\n`;

/** Null: it is no such file. */
export function readOpeningFile(text: string): Opening | null {
  try {
    const { format, author, content, salt } = JSON.parse(text);
    const isWhole = format === FORMAT && [author, content, salt].every((part) => typeof part === 'string');
    return isWhole ? { author, content, salt } : null;
  } catch {
    return null;
  }
}

/** @throws ApiError */
export async function reveal(id: string, { content, salt }: Opening): Promise<RevealMutation['reveal']> {
  const { reveal: result } = await ask(RevealDocument, { input: { id, content, salt } });
  await dropOpening(id).catch(() => {});
  return result;
}
