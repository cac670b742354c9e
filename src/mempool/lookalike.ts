/**
 * What a name looks like to people. Two names with one skeleton are too alike for both to be let into this node's pool.
 * Policy only: it leans on Unicode tables, which differ between runtimes, and so must never decide about a block.
 */
import unhomoglyph from 'unhomoglyph';

const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}\u2800]/gu;
const SPACES = /\s+/gu;

/**
 * The skeleton: compatibility forms, case, invisible characters and confusable ones (Unicode TR 39) taken out. The
 * letters i and l end up the same, because capitals make them so ("IAN", "lan"). Empty for a name that shows nothing.
 */
export function skeleton(name: string): string {
  const visible = name.normalize('NFKC').replace(INVISIBLE, '').replace(SPACES, ' ').trim();
  return unhomoglyph(unhomoglyph(visible.normalize('NFD')).toLowerCase())
    .toLowerCase()
    .replaceAll('i', 'l')
    .normalize('NFC');
}
