/** Which document an address asks for, of those that are made of the chain. */
import { decode } from '../routes.ts';

export type Subject =
  | { kind: 'board' }
  | { kind: 'author'; name: string }
  | { kind: 'topic'; name: string }
  | { kind: 'post'; id: string };

export type FeedFormat = 'atom' | 'json';

export type Wanted =
  | { what: 'feed'; format: FeedFormat; subject: Subject }
  | { what: 'receipt'; id: string }
  /** A page whose head says what it is about. */
  | { what: 'page'; subject: Exclude<Subject, { kind: 'board' }> };

const ADDRESS = /^\/(?:(author|topic|post)\/(?:([^/]+)\/?)??)?(feed\.atom|feed\.json|receipt\.json)?$/;
const ID = /^[0-9a-f]{64}$/i;
const FORMATS: Record<string, FeedFormat> = { 'feed.atom': 'atom', 'feed.json': 'json' };

/**
 * Reads the path and query of a request. Names of one or two dots stand in the query, as `app/ui/paths.ts` puts them there.
 * @returns null when the address is none of these.
 */
export function readAddress(url: string): Wanted | null {
  const [path = '/', query = ''] = url.split('?', 2);
  const [, kind, part, file] = ADDRESS.exec(path) ?? [];
  if (kind === undefined) {
    const format = FORMATS[file ?? ''];
    return format ? { what: 'feed', format, subject: { kind: 'board' } } : null;
  }
  const dots = new URLSearchParams(query).get('is');
  // An author may be called feed.atom: without a name in the query this is the name.
  const isFile = file !== undefined && (part !== undefined || dots !== null);
  const name = decode(part ?? '') || dots || (isFile ? '' : (file ?? ''));
  const subject = subjectOf(kind, name);
  if (!subject) return null;
  if (!isFile) return { what: 'page', subject };
  if (file === 'receipt.json') return subject.kind === 'post' ? { what: 'receipt', id: subject.id } : null;
  return { what: 'feed', format: FORMATS[file] as FeedFormat, subject };
}

function subjectOf(kind: string, name: string): Exclude<Subject, { kind: 'board' }> | null {
  if (kind === 'post') return ID.test(name) ? { kind, id: name.toLowerCase() } : null;
  return name === '' ? null : { kind: kind === 'author' ? 'author' : 'topic', name };
}

/** The address of a subject's page on a node. */
export function pageOf(base: string, subject: Subject): string {
  if (subject.kind === 'board') return `${base}/`;
  if (subject.kind === 'post') return `${base}/post/${subject.id}`;
  const { kind, name } = subject;
  return isDots(name) ? `${base}/${kind}/?is=${name}` : `${base}/${kind}/${encodeURIComponent(name)}`;
}

export function feedOf(base: string, subject: Subject, format: FeedFormat): string {
  const file = `feed.${format}`;
  if (subject.kind === 'board') return `${base}/${file}`;
  const { kind } = subject;
  if (kind !== 'post' && isDots(subject.name)) return `${base}/${kind}/${file}?is=${subject.name}`;
  return `${pageOf(base, subject)}/${file}`;
}

/** Browsers read such a last part of a path as the way up the tree. */
const isDots = (name: string) => name === '.' || name === '..';
