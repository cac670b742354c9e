/** Small signs, drawn with one stroke as a chisel would. */
const PATHS = {
  feed: 'M4 6h16M4 12h16M4 18h9',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5 20 20',
  chain: 'M5 4h14v5H5zM5 12h14v8H5z',
  pool: 'M12 3c4 5 6 8 6 11a6 6 0 0 1-12 0c0-3 2-6 6-11z',
  node: 'M12 3v6M12 15v6M3 12h6M15 12h6M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z',
  key: 'M8 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 12h9M18 12v4M21 12v3',
  write: 'M4 20l4-1L20 7l-3-3L5 16z',
  edit: 'M4 20h16M6 15l1-3 8-8 2 2-8 8z',
  follow: 'M5 12a7 7 0 0 1 7 7M5 5a14 14 0 0 1 14 14M5 18.5v.5',
  answers: 'M4 13l3-8h10l3 8v6H4zM4 13h5l1.5 2.5h3L15 13h5',
  reply: 'M9 6 4 11l5 5M4 11h10a6 6 0 0 1 6 6v1',
  answer: 'M5 5v6a4 4 0 0 0 4 4h10M15 11l4 4-4 4',
  seal: 'M12 3l8 4v5c0 5-4 8-8 9-4-1-8-4-8-9V7zM8.5 12l2.5 2.5 4.5-5',
  broken: 'M12 3l8 4v5c0 5-4 8-8 9-4-1-8-4-8-9V7zM12 8v5M12 16v.5',
  receipt: 'M12 4v11M8 11l4 4 4-4M4 20h16',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  up: 'M12 20V5M6 11l6-6 6 6',
  mine: 'M4 20 14 10M9 5c4-1 8 0 10 2s3 6 2 10c-1-3-2-5-4-7s-5-4-8-5z',
} as const;

/** The names of the icons. */
export type IconName = keyof typeof PATHS;

/** An icon beside words; hidden from screen readers. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" width="1em" height="1em" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
