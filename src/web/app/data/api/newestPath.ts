/** The newest posts as a link, so that the document can ask for them before its scripts have come (`vite.config.ts`). */
import { NewestDocument } from '../../generated/graphql.ts';

export const NEWEST_PATH = `/graphql?query=${encodeURIComponent(NewestDocument.toString())}`;
