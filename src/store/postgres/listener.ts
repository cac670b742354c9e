/** Hears what PostgreSQL signals on a channel, over connections that are made anew when they are lost. */
import pg from 'pg';

/** Milliseconds until a lost connection is tried again, and between two looks at whether one still stands. */
const RETRY = 500;
const LOOK = 10_000;

/** Hears the signals of the primary, and connects again by itself when the connection is lost. */
export class Listener {
  readonly #url: string;
  readonly #channel: string;
  readonly #heard: (payload: string | null) => void;
  #client: pg.Client | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @param heard called with each signal's payload, and with null when signals may have been missed. */
  constructor(url: string, channel: string, heard: (payload: string | null) => void) {
    this.#url = url;
    this.#channel = channel;
    this.#heard = heard;
    void this.#connect();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#client?.end().catch(() => {});
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: 'stele serve, listening',
      connectionTimeoutMillis: 5_000,
      query_timeout: LOOK,
      keepAlive: true,
    });
    this.#client = client;
    let isLost = false;
    const lose = () => {
      if (isLost) return;
      isLost = true;
      client.end().catch(() => {});
      clearTimeout(this.#timer);
      if (!this.#isClosed) this.#timer = setTimeout(() => void this.#connect(), RETRY);
    };
    client.on('error', lose);
    client.on('end', lose);
    client.on('notification', ({ payload }) => this.#heard(payload ?? null));
    try {
      await client.connect();
      await client.query(`LISTEN ${this.#channel}`);
      this.#heard(null);
      this.#look(client, lose);
    } catch {
      lose();
    }
  }

  #look(client: pg.Client, lose: () => void): void {
    if (this.#client !== client || this.#isClosed) return;
    this.#timer = setTimeout(() => {
      client.query('SELECT 1').then(() => this.#look(client, lose), lose);
    }, LOOK);
  }
}
