/**
 * A core drilled out of the chain: the latest blocks as layers, newest on top. A layer is as thick as the wait for its
 * block was long, and as dark as it is full.
 */
import { Link } from 'wouter';
import { ROUTES } from '../../routes.ts';
import { useLive } from '../data/useLive.ts';
import { ChainDocument } from '../generated/graphql.ts';
import { useLanguage } from '../i18n/language.ts';

const LAYERS = 24;
const THINNEST = 5;
const THICKEST = 30;

export function Core() {
  const { text: t, locale } = useLanguage();
  const { data } = useLive(ChainDocument, { first: LAYERS + 1, after: null }, 'chain');
  const blocks = data?.chain.nodes ?? [];
  if (blocks.length < 2) return null;
  const waits = blocks.map(({ time }, index) => Date.parse(time) - Date.parse(blocks[index + 1]?.time ?? time));
  const longest = Math.max(...waits.slice(0, LAYERS), 1);
  return (
    <Link href={ROUTES.chain} className="core">
      <span className="unseen-text">{t.latestBlocks}</span>
      <span className="core-tip">{blocks[0]?.height.toLocaleString(locale)}</span>
      <span className="core-layers">
        {blocks.slice(0, LAYERS).map(({ hash, height, transactionCount }, index) => (
          <span
            key={hash}
            className={`layer fill${fullness(transactionCount)}`}
            style={{ blockSize: thickness(waits[index] ?? 0, longest) }}
            title={t.layer(height, transactionCount)}
          />
        ))}
      </span>
    </Link>
  );
}

/** Thickness grows with the square root of the wait, so that one long wait leaves the others visible. */
const thickness = (wait: number, longest: number) =>
  `${Math.round(THINNEST + (THICKEST - THINNEST) * Math.sqrt(Math.max(0, wait) / longest))}px`;

/** 0 to 4. */
const fullness = (posts: number) => Math.min(4, Math.ceil(Math.log10(posts + 1) * 2));
