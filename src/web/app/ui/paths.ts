/** Addresses of the page: each can be shared, and opened directly. The node knows their first words (`src/web/page.ts`). */
import { useSearch } from 'wouter';
import { usePathname } from 'wouter/use-browser-location';

export const postPath = (id: string) => `/post/${id}`;
export const authorPath = (name: string) => namePath('author', name);
export const topicPath = (topic: string) => namePath('topic', topic);
export const blockPath = (hashOrHeight: string | number) => `/block/${hashOrHeight}`;
/** The register of what was withheld. */
export const WITHHOLDINGS_PATH = '/withholdings';
export const searchPath = (text: string) => `/search?q=${encodeURIComponent(text)}`;

/** Names may be anything; these two would be taken for the way up the tree. */
const namePath = (room: string, name: string) =>
  name === '.' || name === '..' ? `/${room}/?is=${name}` : `/${room}/${encodeURIComponent(name)}`;

/** Where the page is: the first word of its address, and the rest, decoded. */
export function usePlace(): { room: string; rest: string } {
  const [, room = '', ...rest] = usePathname().split('/');
  const search = useSearch();
  return { room, rest: decode(rest.join('/')) || (new URLSearchParams(search).get('is') ?? '') };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
