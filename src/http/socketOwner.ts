/**
 * Whose program is at the other end of a connection within this machine. Linux tells it in `/proc/net/tcp`: a proxy
 * runs as a user of its own, and other people of a shared machine do, too.
 */
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { geteuid } from 'node:process';

/** Both ends of each connection as the kernel spells them. */
class Table {
  readonly #file: string;
  readonly #spell: (address: string) => string | null;
  #next: Promise<string> | null = null;
  #current: Promise<unknown> = Promise.resolve();

  /** @param spell an address as the table has it; null when the table has no such address. */
  constructor(file: string, spell: (address: string) => string | null) {
    this.#file = file;
    this.#spell = spell;
  }

  /** @returns the row of the end at `from`; null when there is none. */
  async row(from: End, to: End): Promise<Row | null> {
    const [local, remote] = [this.#shown(from), this.#shown(to)];
    if (local === null || remote === null) return null;
    const text = await this.#read();
    const at = text.indexOf(` ${local} ${remote} `);
    return at < 0 ? null : readRow(text.slice(at, text.indexOf('\n', at)));
  }

  /** Whether the table has a socket that listens on the port. */
  async listens(port: number): Promise<boolean> {
    return new RegExp(`:${portInHex(port)} 0+:0000 0A `).test(await this.#read());
  }

  #shown({ address, port }: End): string | null {
    const spelled = this.#spell(address);
    return spelled && `${spelled}:${portInHex(port)}`;
  }

  /**
   * Reading takes milliseconds, so connections that come together share one reading. It begins when the one under way is
   * done, so that it sees every connection that has asked until then.
   */
  #read(): Promise<string> {
    this.#next ??= this.#current.then(() => {
      this.#next = null;
      return readFile(this.#file, 'latin1').catch(() => '');
    });
    this.#current = this.#next;
    return this.#next;
  }
}

const portInHex = (port: number) => port.toString(16).toUpperCase().padStart(4, '0');

interface End {
  address: string;
  port: number;
}

interface Row {
  uid: number;
  /** 0: the program has closed the connection, and the system only finishes it. */
  inode: number;
}

/** Words of 32 bits, each with its bytes in reverse. */
const spellIpv4 = (address: string) => {
  const bytes = address.replace(/^::ffff:/i, '').split('.');
  return bytes.length === 4 ? Buffer.from(bytes.reverse().map(Number)).toString('hex').toUpperCase() : null;
};

function spellIpv6(address: string): string | null {
  if (address === '::1') return '00000000000000000000000001000000';
  const ipv4 = spellIpv4(address);
  return ipv4 && `0000000000000000FFFF0000${ipv4}`;
}

const TABLES = [new Table('/proc/net/tcp', spellIpv4), new Table('/proc/net/tcp6', spellIpv6)];

/**
 * Whether a program of the node's own user is at the other end.
 * @returns null where the system does not tell (macOS).
 */
export async function isOwnUser({
  localAddress,
  localPort,
  remoteAddress,
  remotePort,
}: Socket): Promise<boolean | null> {
  const uid = geteuid?.();
  if (uid === undefined) return null;
  if (!localAddress || !localPort || !remoteAddress || !remotePort) return false;
  const ours = { address: localAddress, port: localPort };
  const theirs = { address: remoteAddress, port: remotePort };
  for (const table of TABLES) {
    const row = await table.row(theirs, ours);
    if (row) return row.uid === uid && row.inode !== 0;
  }
  // Their end is gone, as that of a proxy whose visitor has hung up. Or there are no tables, and not even we are in one.
  const isListed = await Promise.all(TABLES.map((table) => table.listens(localPort)));
  return isListed.includes(true) ? false : null;
}

/** From the addresses on: state, queues, timers, retransmissions, user, time-outs, inode. */
function readRow(line: string): Row {
  const [, , , , , , uid, , inode] = line.trim().split(/\s+/);
  return { uid: Number(uid), inode: Number(inode) };
}
