/** What the feed shows at first, as links, so that the document can ask for it before its scripts have come (`vite.config.ts`). */
import { NewestDocument, NodeStatusDocument } from '../../generated/graphql.ts';

const pathOf = (document: { toString(): string }) => `/graphql?query=${encodeURIComponent(document.toString())}`;

export const FIRST_PATHS = { newest: pathOf(NewestDocument), node: pathOf(NodeStatusDocument) } as const;
