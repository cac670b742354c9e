/** `ls src` is the diagram of the system, and this holds the imports to it. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

interface Import {
  from: string;
  /** A file under src, or the name of a package. */
  to: string;
  typeOnly: boolean;
  /** `import()` at run time. */
  isLazy: boolean;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !/generated|miner\/kernel\//.test(file))
  .sort();
const imports = files.flatMap(importsOf);

/** The formatter keeps imports in one form, so that a pattern is enough to read them. */
function importsOf(from: string): Import[] {
  const text = readFileSync(join(SRC, from), 'utf8');
  const found = text.matchAll(/^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)';|\bimport\('([^']+)'\)/gm);
  return [...found].map(([, type, fixed, lazy]) => {
    const name = (fixed ?? lazy) as string;
    const to = name.startsWith('.') ? relative(SRC, resolve(SRC, dirname(from), name)) : name;
    return { from, to, typeOnly: type !== undefined, isLazy: lazy !== undefined };
  });
}

/** The page runs in browsers: a room of its own within the one that serves it. */
const roomOf = (file: string) => {
  if (file.startsWith('web/app/')) return 'web/app';
  return file.includes('/') ? (file.split('/')[0] as string) : 'root';
};
/** The folder within its room: `peers/link`. */
const folderOf = (file: string) => file.split('/').slice(0, 2).join('/');
const isOurs = ({ to }: Import) => /\.tsx?$/.test(to);
const shown = ({ from, to }: Import) => `${from} -> ${to}`;

const ROOMS =
  'archive chain cli client domain graphql http keyring mempool miner node options peers serve store verify web web/app'.split(
    ' ',
  );
/** Of the page, the lowest first. */
const LAYERS = 'lib i18n data ui post write pages shell'.split(' ');
/** What applications import, and so do the rooms that are applications themselves. */
const LIBRARIES = ['client', 'verify'];
const APPLICATIONS = ['archive', 'cli', 'serve', 'web/app'];
/** What knows several rooms: one room wires the others, one file hands what it makes to the command line. */
const WIRING = ['node', 'process.ts'];
const isWiring = (file: string) => WIRING.some((name) => file === name || roomOf(file) === name);

describe('imports', () => {
  it('run between the rooms that there are', () => {
    expect([...new Set(files.map(roomOf))].filter((room) => room !== 'root').sort()).toEqual(ROOMS);
    expect(imports.length).toBeGreaterThan(300);
  });

  it('never leave the domain, but for two pure libraries and the hash that package.json picks', () => {
    const allowed = [/^domain\//, /^@noble\/hashes\//, /^canonicalize$/, /^#sha256$/];
    const out = imports.filter(({ from, to }) => roomOf(from) === 'domain' && !allowed.some((name) => name.test(to)));
    expect(out.map(shown)).toEqual([]);
  });

  it('lead from what runs in browsers to the domain and few libraries, and to nothing of Node', () => {
    const out = imports.filter(
      ({ from, to }) => LIBRARIES.includes(roomOf(from)) && !to.startsWith('domain/') && roomOf(to) !== roomOf(from),
    );
    expect(out.map(shown)).toEqual([
      'client/copies.ts -> @noble/hashes/argon2.js',
      'client/copies.ts -> @scure/bip39',
      'client/copies.ts -> @scure/bip39/wordlists/english.js',
      'client/recovery.ts -> @noble/hashes/scrypt.js',
      'client/request.ts -> graphql/language/printer.js',
      'client/socket.ts -> graphql-ws/client',
      'client/sodium.ts -> libsodium-wrappers',
      'verify/signatures.ts -> libsodium-wrappers',
    ]);
    // Loaded only where they are needed: by applications with other documents, or on platforms without Ed25519.
    const lazy = out.filter(({ isLazy }) => isLazy).map(({ to }) => to);
    expect([...new Set(lazy)]).toEqual(['graphql/language/printer.js', 'libsodium-wrappers']);
  });

  it('lead from the peers to the network in the files of one adapter only, so that a simulation can do without', () => {
    const adapter = ['address', 'channel', 'lookup', 'subscription'].map((name) => `peers/link/${name}.ts`);
    const out = imports.filter(
      ({ from, to }) => roomOf(from) === 'peers' && /^(node:|ws$|graphql(?!\/ports\.ts)|ipaddr)/.test(to),
    );
    expect([...new Set(out.map(({ from }) => from))]).toEqual(adapter);
  });

  it('do not lead from a connection or the synchroniser to the link', () => {
    const apart = ['peers/session', 'peers/sync'];
    const out = imports.filter(({ from, to }) => apart.includes(folderOf(from)) && folderOf(to) === 'peers/link');
    expect(out.map(shown)).toEqual([]);
  });

  it('lead downward through the layers of the page, types included', () => {
    const layerOf = (file: string) => LAYERS.indexOf(file.split('/')[2] as string);
    const ofPage = imports.filter(({ from, to }) => roomOf(from) === 'web/app' && roomOf(to) === 'web/app');
    const own = ofPage.filter(({ to }) => /\.tsx?$/.test(to) && !to.startsWith('web/app/generated/'));
    expect(own.flatMap(({ from, to }) => [from, to]).filter((file) => layerOf(file) < 0)).toEqual([]);
    expect(own.filter(({ from, to }) => layerOf(from) < layerOf(to)).map(shown)).toEqual([]);
  });

  it("lead within the store from each database's own to the model and the ports, and never back, types included", () => {
    const out = imports.filter(
      ({ from, to }) =>
        /^store\/(model\/|[^/]+$)/.test(from) &&
        // Prisma's tag for SQL, which is of no database.
        to !== '@prisma/client/runtime/client' &&
        (/^store\/(sqlite|postgres)\//.test(to) || /sqlite|prisma|^pg$/i.test(to)),
    );
    expect(out.map(shown)).toEqual([]);
    const across = imports.filter(({ from, to }) =>
      `${folderOf(from)} ${folderOf(to)}`.match(/store\/(sqlite store\/postgres|postgres store\/sqlite)/),
    );
    expect(across.map(shown)).toEqual([]);
    const ofStore = imports.filter(({ from, to }) => roomOf(from) === 'store' && roomOf(to) === 'store');
    expect(circleAmong(ofStore)).toBeNull();
  });

  it('lead from the page to nothing of Node', () => {
    const out = imports.filter(({ from, to }) => roomOf(from) === 'web/app' && /^node:/.test(to));
    expect(out.map(shown)).toEqual([]);
  });

  it('do not run between siblings, except to the types of a port', () => {
    const wrong = imports.filter((arrow) => {
      const [from, to] = [roomOf(arrow.from), roomOf(arrow.to)];
      if (!isOurs(arrow) || from === 'root' || from === to || to === 'domain' || isWiring(arrow.from)) return false;
      if (APPLICATIONS.includes(from) && LIBRARIES.includes(to)) return false;
      // Commands are made of options, and those are the configuration's.
      if (from === 'cli' && to === 'options') return false;
      // They know nothing of ours: what Node gets wrong, and how a thread or a long list lets others go first.
      if (['priority.ts', 'slices.ts', 'url.ts'].includes(arrow.to)) return false;
      // The server and the page share the table of addresses.
      if (from === 'web/app' && arrow.to === 'web/routes.ts') return false;
      return !(arrow.typeOnly && arrow.to.endsWith('/ports.ts'));
    });
    expect(wrong.map(shown)).toEqual([]);
  });

  it('join the rooms in one room and one file only', () => {
    const wrong = imports.filter(
      (arrow) =>
        roomOf(arrow.from) === 'root' &&
        !isWiring(arrow.from) &&
        isOurs(arrow) &&
        !['root', 'domain'].includes(roomOf(arrow.to)),
    );
    expect(wrong.map(shown)).toEqual([]);
  });

  it('have no circle, where types are left out', () => {
    expect(circleAmong(imports.filter(({ typeOnly }) => !typeOnly))).toBeNull();
  });

  it('have no circle of types in the page, the domain and the libraries', () => {
    const rooms = ['web/app', 'domain', ...LIBRARIES];
    expect(circleAmong(imports.filter(({ from }) => rooms.includes(roomOf(from))))).toBeNull();
  });
});

/** Files that import one another in a row, the first one again at the end; null when there are none. */
function circleAmong(arrows: readonly Import[]): string[] | null {
  const targets = new Map<string, string[]>();
  for (const { from, to } of arrows.filter(isOurs)) targets.set(from, [...(targets.get(from) ?? []), to]);
  const done = new Set<string>();
  const walk = (file: string, path: string[]): string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return null;
    for (const next of targets.get(file) ?? []) {
      const circle = walk(next, [...path, file]);
      if (circle) return circle;
    }
    done.add(file);
    return null;
  };
  for (const file of targets.keys()) {
    const circle = walk(file, []);
    if (circle) return circle;
  }
  return null;
}

describe('the source', () => {
  const mentions = (pattern: RegExp) => files.filter((file) => pattern.test(readFileSync(join(SRC, file), 'utf8')));

  it('reads environment variables in one file', () => {
    expect(mentions(/process\.env\b(?!ironment)/).filter((file) => file !== 'options/config.ts')).toEqual([]);
  });

  it('has SQL in one room', () => {
    // The key file takes SQLite's lock, which ends with its process, and asks it nothing else.
    const others = mentions(/\$(queryRaw|executeRaw)|better-sqlite3|from 'pg'/).filter(
      (file) => roomOf(file) !== 'store',
    );
    expect(others).toEqual(['keyring/keyFile.ts']);
  });

  it('has no clock, random numbers or locale in the domain', () => {
    const impure =
      /Date\.now|new Date|Math\.random|toLocale|Intl\.|localeCompare|\.normalize\(|\\p\{|\/[a-z]*u[a-z]*\.test/;
    expect(mentions(impure).filter((file) => roomOf(file) === 'domain')).toEqual([]);
  });
});
