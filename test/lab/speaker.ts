/** A raw BGP speaker: it sends any bytes, and keeps every message that it gets. */
import { connect, type Socket } from 'node:net';
import * as bgp from './bgp-bytes.ts';
import { eventually, waitFor } from './wait-for.ts';

/** How long an answer may take. */
const PATIENCE_MS = 8_000;

export interface Received {
  readonly type: number;
  readonly body: Buffer;
  /** Of `performance.now`. */
  readonly atMs: number;
}

export interface SpeakerOptions {
  readonly port: number;
  readonly host?: string;
  /** A unix socket that leads to the other side, instead of `host` and `port`. */
  readonly path?: string;
  /** What the session is known by on the other side. */
  readonly localAddress: string;
}

export class Speaker {
  readonly address: string;
  readonly messages: Received[] = [];
  /** Prefixes that it was told and that were not withdrawn. */
  readonly routes = new Set<string>();
  closed = false;
  private readonly socket: Socket;
  private rest: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket, address: string) {
    this.socket = socket;
    this.address = address;
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
    });
  }

  static async connect(options: SpeakerOptions): Promise<Speaker> {
    const { port, host = '127.0.0.1', path, localAddress } = options;
    const socket = connect(path === undefined ? { port, host, localAddress, noDelay: true } : { path });
    const speaker = new Speaker(socket, localAddress);
    await waitFor(
      `${localAddress} connects`,
      () => ({ open: socket.readyState === 'open', closed: speaker.closed }),
      (state) => state.open || state.closed,
      PATIENCE_MS,
    );
    return speaker;
  }

  /** Connects and goes through to Established. Its router id is made of its address. */
  static async establish(options: SpeakerOptions, fields: bgp.OpenFields = {}): Promise<Speaker> {
    const speaker = await Speaker.connect(options);
    speaker.send(bgp.open({ routerId: routerIdOf(options.localAddress), ...fields }), bgp.keepalive());
    await speaker.next(bgp.TYPE.open);
    await speaker.next(bgp.TYPE.keepalive);
    return speaker;
  }

  send(...messages: readonly Uint8Array[]): void {
    if (!this.closed) this.socket.write(Buffer.concat(messages));
  }

  /** Waits for the first message of a type. */
  async next(type: number): Promise<Received> {
    const find = () => this.messages.find((one) => one.type === type);
    await eventually(
      `${this.address} gets a message of type ${type}`,
      () => {
        if (find() === undefined) throw new Error(`got ${JSON.stringify(this.types())}, closed: ${this.closed}`);
      },
      PATIENCE_MS,
    );
    return find()!;
  }

  /** Waits until the other side has closed, and gives the NOTIFICATION that it sent (code, subcode, data) in hex. */
  async notification(): Promise<string> {
    await waitFor(
      `${this.address} is closed`,
      () => ({ closed: this.closed, types: this.types() }),
      isClosed,
      PATIENCE_MS,
    );
    const found = this.messages.filter((one) => one.type === bgp.TYPE.notification);
    return found.map((one) => one.body.toString('hex')).join(' and ');
  }

  types(): number[] {
    return this.messages.map((one) => one.type);
  }

  /** Stops and resumes reading: what comes meanwhile fills the buffers of the kernel, then those of the sender. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  end(): void {
    this.socket.end();
  }

  /** Closes with a reset. */
  destroy(): void {
    this.socket.resetAndDestroy();
  }

  private take(chunk: Buffer): void {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let at = 0;
    while (this.rest.length - at >= bgp.HEADER) {
      const length = this.rest.readUInt16BE(at + 16);
      if (this.rest.length - at < length) break;
      this.handle(this.rest[at + 18]!, this.rest.subarray(at + bgp.HEADER, at + length));
      at += length;
    }
    this.rest = Buffer.from(this.rest.subarray(at));
  }

  private handle(type: number, body: Buffer): void {
    if (type === bgp.TYPE.update) {
      const { withdrawn, announced } = bgp.readUpdate(body);
      for (const prefix of withdrawn) this.routes.delete(prefix);
      for (const prefix of announced) this.routes.add(prefix);
    }
    if (this.messages.length < 10_000) this.messages.push({ type, body: Buffer.from(body), atMs: performance.now() });
  }
}

function isClosed(state: { closed: boolean }): boolean {
  return state.closed;
}

/** 127.0.5.7 is router 10.0.5.7. */
export function routerIdOf(address: string): string {
  return address.replace(/^127/, '10');
}
