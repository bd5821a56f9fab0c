/** An HTTP server of the daemon, if one is configured, which a reload moves to another address. */
import type { HttpServer } from '../../io/http/server.ts';
import type { Trial } from './part.ts';

/** An address and port, and whatever else a server is opened with. */
interface Place {
  readonly port: number;
}

/** What an `HttpServer` is to this part. */
type Server = Pick<HttpServer, 'problem' | 'close'>;

export class HttpPart<P extends Place> {
  private readonly open: (place: P) => Promise<Server>;
  private place: P | null = null;
  private http: Server | null = null;

  /** @param open opens the server at a place */
  constructor(open: (place: P) => Promise<Server>) {
    this.open = open;
  }

  /** Why the server does not listen; null: it does, or none is configured. */
  get problem(): string | null {
    return this.http?.problem ?? null;
  }

  /** @param place null: none is configured */
  async start(place: P | null): Promise<void> {
    this.place = place;
    this.http = await this.opened(place);
  }

  async close(): Promise<void> {
    await this.http?.close();
  }

  /** Opens another address, before the old one is closed if possible. */
  async tryMove(to: P | null): Promise<Trial> {
    const { http: running, place: from } = this;
    let next = await this.opened(to);
    // A wildcard address conflicts with a specific address of the same port, and the other way round.
    const closedFirst = next !== null && next.problem !== null && from?.port === to?.port;
    if (closedFirst) {
      await next?.close();
      await running?.close();
      next = await this.opened(to);
    }
    return {
      problems: next !== null && next.problem !== null ? [next.problem] : [],
      commit: async () => {
        if (!closedFirst) await running?.close();
        this.place = to;
        this.http = next;
        return [];
      },
      undo: async () => {
        await next?.close();
        if (closedFirst) this.http = await this.opened(from);
      },
    };
  }

  private opened(place: P | null): Promise<Server | null> {
    return place === null ? Promise.resolve(null) : this.open(place);
  }
}
