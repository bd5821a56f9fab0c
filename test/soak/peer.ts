/** A peer of the soak: it reads without a table, or with one if it is an observer, and comes back when it is told to. */
import { connect, type Socket } from 'node:net';
import * as bgp from '../lab/bgp-bytes.ts';

const KEEPALIVE_MS = 25_000;

export class Peer {
  readonly address: string;
  /** What it announces: the MED of each prefix. */
  readonly announced = new Map<string, number>();
  /** What it has received, if it is an observer. */
  readonly routes: Set<string> | null;
  updates = 0;
  /** Connections that were lost without our doing. */
  lost = 0;
  private socket: Socket | null = null;
  private rest: Buffer = Buffer.alloc(0);
  private readonly port: number;
  private readonly timer: NodeJS.Timeout;

  constructor(address: string, port: number, isObserver: boolean) {
    this.address = address;
    this.port = port;
    this.routes = isObserver ? new Set() : null;
    this.timer = setInterval(() => this.socket?.write(bgp.keepalive()), KEEPALIVE_MS);
  }

  /** Connects, and announces everything. */
  start(): void {
    const socket = connect({ port: this.port, host: '127.0.0.1', localAddress: this.address, noDelay: true });
    this.socket = socket;
    this.rest = Buffer.alloc(0);
    this.routes?.clear();
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => this.read(chunk));
    socket.on('close', () => {
      if (this.socket !== socket) return;
      this.lost++;
      setTimeout(() => this.start(), 1000);
    });
    socket.write(bgp.open({ routerId: this.address.replace(/^127/, '10') }));
    socket.write(bgp.keepalive());
    const byMed = new Map<number, string[]>();
    for (const [prefix, med] of this.announced) byMed.set(med, [...(byMed.get(med) ?? []), prefix]);
    for (const [med, prefixes] of byMed) this.send(med, prefixes);
    socket.write(bgp.update({}));
  }

  private send(med: number, prefixes: readonly string[]): void {
    for (let at = 0; at < prefixes.length; at += 500)
      this.socket?.write(announcement(med, prefixes.slice(at, at + 500)));
  }

  announce(med: number, prefixes: readonly string[]): void {
    for (const prefix of prefixes) this.announced.set(prefix, med);
    this.send(med, prefixes);
  }

  withdraw(prefixes: readonly string[]): void {
    for (const prefix of prefixes) this.announced.delete(prefix);
    this.socket?.write(bgp.update({ withdrawn: bgp.nlri(...prefixes) }));
  }

  /** Its connection ends, and there is a new one. */
  flap(isReset: boolean): void {
    const { socket } = this;
    this.socket = null;
    if (isReset) socket?.resetAndDestroy();
    else socket?.destroy();
    this.start();
  }

  stop(): void {
    clearInterval(this.timer);
    const { socket } = this;
    this.socket = null;
    socket?.destroy();
  }

  private read(chunk: Buffer): void {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let at = 0;
    while (bytes.length - at >= bgp.HEADER) {
      const length = bytes.readUInt16BE(at + 16);
      if (bytes.length - at < length) break;
      if (bytes[at + 18] === bgp.TYPE.update) this.take(bytes.subarray(at + bgp.HEADER, at + length));
      at += length;
    }
    this.rest = at === bytes.length ? Buffer.alloc(0) : Buffer.from(bytes.subarray(at));
  }

  private take(body: Buffer): void {
    this.updates++;
    if (this.routes === null) return;
    const { withdrawn, announced } = bgp.readUpdate(body);
    for (const prefix of withdrawn) this.routes.delete(prefix);
    for (const prefix of announced) this.routes.add(prefix);
  }
}

function announcement(med: number, prefixes: readonly string[]): Buffer {
  const attributes = [...bgp.attributesTo('192.0.2.1'), ...bgp.attribute(0x80, 4, ...bgp.u32(med))];
  return bgp.update({ attributes, nlri: bgp.nlri(...prefixes) });
}
