/** Tables of the pages. One that is too wide scrolls by itself; what is roomy goes where there is no room for it. */
import { type ReactNode, useState } from 'react';
import { useText } from '../i18n/language.ts';

export interface Column {
  name: string;
  isRoomy?: boolean;
  /** Whether the column holds figures, which stand below one another. */
  isNumber?: boolean;
  /** Whether the column's name is for screen readers only. */
  isUnseen?: boolean;
}

/** @param children one `tbody` or several. */
export function Table({
  caption,
  columns,
  children,
}: {
  caption: string;
  columns: readonly Column[];
  children: ReactNode;
}) {
  return (
    <div className="table">
      <table>
        <caption className="unseen-text">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ name, isRoomy = false, isNumber = false, isUnseen = false }) => (
              <th key={name} scope="col" className={isRoomy ? 'roomy' : isNumber ? 'number' : undefined}>
                {isUnseen ? <span className="unseen-text">{name}</span> : name}
              </th>
            ))}
          </tr>
        </thead>
        {children}
      </table>
    </div>
  );
}

/** A page of a list, as the API answers with it. */
export interface RowsPage<Node> {
  nodes: readonly Node[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** A page of rows, and behind it the next when it is wanted. */
export function Rows<Node>({
  page: { nodes, pageInfo },
  row,
  next,
}: {
  page: RowsPage<Node>;
  row(node: Node): ReactNode;
  next(after: string): ReactNode;
}) {
  const t = useText();
  const [isWanted, setWanted] = useState(false);
  const { hasNextPage, endCursor } = pageInfo;
  return (
    <>
      <tbody>{nodes.map(row)}</tbody>
      {hasNextPage && !isWanted && (
        <tbody>
          <tr>
            {/* As wide as the table, however many columns that has. */}
            <td colSpan={1_000}>
              <button type="button" onClick={() => setWanted(true)}>
                {t.more}
              </button>
            </td>
          </tr>
        </tbody>
      )}
      {hasNextPage && isWanted && endCursor && next(endCursor)}
    </>
  );
}
