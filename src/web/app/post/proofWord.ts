import { useFeedState } from '../data/feed/useFeed.ts';
import type { Verdict } from '../data/proof/bench.ts';
import { useText } from '../i18n/language.ts';

/** Blocks of such a network cost nothing: its target never changes. */
export const hasFreeWork = ({ retarget }: { retarget: boolean }) => !retarget;

/** A verdict in a word. Where work costs nothing, a place in a block proves nothing more than the signature does. */
export function useProofWord(verdict: Verdict | undefined) {
  const t = useText();
  const isForTests = useFeedState(({ node }) => node !== null && hasFreeWork(node.network));
  const kind = verdict?.kind ?? 'checking';
  return { kind, word: t.proofWords[kind === 'proven' && isForTests ? 'signed' : kind] };
}
