/**
 * A TCP connection over a Node socket: the `Connection` port of the engine.
 *
 * Reading: all connections share one receive buffer, which libuv fills directly (`onread`); a read and the handler's
 * `onData` are one synchronous call, so nothing is allocated per read. Writing: `socket.write` with a callback bound
 * once; the socket's internals (`handle.writeBuffer`) would save under 15 % of a write, since the kernel's part
 * dominates.
 *
 * Closing: sends the queued data, then FIN, while input is still read and discarded. Closing with unread input would
 * send RST, and after RST the peer loses a NOTIFICATION that it has not read yet.
 */
import type { OnReadOpts, Socket } from 'node:net';
import type { Connection, ConnectionHandler } from '../../engine/ports/ports.ts';
import { formatAddress } from '../../lib/ip.ts';
import { noteTurn } from '../../lib/longest-turn.ts';
import type { TransportSpec } from '../../spec/transport.ts';
import { isReadingOver, type Reader, readingUntilMs, readLater } from '../loop/reading.ts';
import { guarded, reportFault } from '../system/guard.ts';
import { libc, whyNoLibc } from '../system/libc.ts';
import { socketAddressBytes, zoneOf } from './address.ts';
import { InputCount } from './input-share.ts';
import { applyTransport, isEssential, LISTENING_TRANSPORT, synTtl } from './options.ts';
import { descriptorOf, moveHandle } from './socket.ts';

/** How long a closed connection waits for the peer to close, in milliseconds. */
const LINGER_MS = 2000;

/** Input that a turn has no time for is copied, so this limits the memory that a connection can use. */
const RECEIVE_BYTES = 64 * 1024;
const receiveBuffer = new Uint8Array(RECEIVE_BYTES);
const NO_ADDRESS = new Uint8Array(4);

const open = new Set<TcpConnection>();
let waiters: (() => void)[] = [];

/** Number of open sockets of connections, including those that are closing. */
export function openConnections(): number {
  return open.size;
}

/** Resolves when no connection has an open socket any more: within `LINGER_MS` of the last `close`. */
export function allConnectionsClosed(): Promise<void> {
  return open.size === 0 ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve));
}

let viewed: Uint8Array | null = null;
let viewStart = 0;
let view = Buffer.alloc(0);

/** A Buffer over a range. Shared bytes go to one connection after the other, so the last view is often used again. */
function viewOf(bytes: Uint8Array, start: number, end: number): Buffer {
  if (viewed !== bytes || viewStart !== start || view.length !== end - start) {
    view = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start) as typeof view;
    viewed = bytes;
    viewStart = start;
  }
  return view;
}

export class TcpConnection implements Connection, Reader {
  remoteAddress: Uint8Array = NO_ADDRESS;
  remotePort = 0;
  localAddress: Uint8Array = NO_ADDRESS;
  localPort = 0;
  interfaceName: string | null = null;
  /** For socket options; not for reading, writing or closing. */
  readonly socket: Socket;
  /** The options that are set on the socket. */
  private transport: TransportSpec;
  /** The connection was accepted, and no options are set yet. */
  private isNew: boolean;
  private handler: ConnectionHandler | null = null;
  private ending = false;
  private paused = false;
  /** Input that is not handed to the handler yet, from `leftAt` on; nothing is read until it is. */
  private left: Uint8Array | null = null;
  private leftAt = 0;
  /** `readOn` will be called. */
  private isWaiting = false;
  private readonly count = new InputCount();
  private linger: NodeJS.Timeout | null = null;
  private readonly written = (error?: Error | null): void => {
    if (error) return;
    try {
      this.handler?.onWritten();
    } catch (thrown) {
      this.fail(thrown);
    }
  };

  /**
   * @param make creates the paused socket that delivers its input to the given `onread`
   * @param transport the options that are already set on it; null: it was accepted
   */
  constructor(make: (onread: OnReadOpts) => Socket, transport: TransportSpec | null) {
    this.isNew = transport === null;
    this.transport = transport ?? LISTENING_TRANSPORT;
    this.socket = make({
      buffer: receiveBuffer,
      callback: (length, bytes) => this.read(bytes, length),
    });
    open.add(this);
    const where = 'the end of a connection';
    this.socket.on(
      'end',
      guarded(where, () => this.lost(null)),
    );
    const onError = (error: NodeJS.ErrnoException) => this.lost(error.code ?? error.message);
    this.socket.on('error', guarded(where, onError));
    this.socket.on('close', () => {
      guarded(where, () => this.lost(null))();
      this.gone();
    });
  }

  /** Reads the addresses of a connected socket; false if the peer has already reset it. */
  connected(): boolean {
    const { socket } = this;
    const remote = socketAddressBytes(socket.remoteAddress);
    const local = socketAddressBytes(socket.localAddress);
    if (remote === null || local === null) return false;
    this.remoteAddress = remote;
    this.count.address = remote;
    this.remotePort = socket.remotePort ?? 0;
    this.interfaceName = zoneOf(socket.remoteAddress);
    this.localAddress = local;
    this.localPort = socket.localPort ?? 0;
    return true;
  }

  /**
   * The key of an accepted socket is set again although it inherits the key of the listening socket: a connection that
   * was accepted just before that key was set receives nothing from then on.
   */
  configure(transport: TransportSpec): string | null {
    const calls = libc();
    const fd = descriptorOf(this.socket);
    if (calls === null || fd < 0) {
      const reason = calls === null ? whyNoLibc() : 'Node.js does not expose the descriptor of its socket';
      return isEssential(transport) && !this.socket.destroyed ? reason : null;
    }
    // Checked only once: the peer may correct its TTL later.
    const ttl = this.isNew && transport.minTtl !== null ? synTtl(calls, fd) : null;
    this.isNew = false;
    if (ttl !== null && ttl < (transport.minTtl ?? 0)) return describeFar(ttl, transport.minTtl ?? 0);
    const problem = applyTransport(calls, fd, this.remoteAddress, transport, this.transport);
    if (problem === null) this.transport = transport;
    return problem;
  }

  attach(handler: ConnectionHandler): void {
    if (this.ending) return;
    const first = this.handler === null;
    this.handler = handler;
    if (first) this.socket.resume();
  }

  write(bytes: Uint8Array, start: number, end: number): void {
    this.socket.write(viewOf(bytes, start, end), this.written);
  }

  pause(): void {
    if (this.ending) return;
    this.paused = true;
    this.socket.pause();
  }

  resume(): void {
    this.paused = false;
    if (this.left === null) this.socket.resume();
    else this.wait();
  }

  get isBehind(): boolean {
    return this.isWaiting || this.left !== null;
  }

  /** Called in the next turn, after the time for reading of this one was used up. */
  readOn(): void {
    this.isWaiting = false;
    if (this.paused && !this.ending) return;
    if (this.left !== null && !this.ending) {
      this.leftAt = this.handOut(this.left, this.leftAt, this.left.length);
      if (!this.ending && this.leftAt < this.left.length) {
        if (!this.paused) this.wait();
        return;
      }
      this.left = null;
    }
    if (!this.paused || this.ending) this.socket.resume();
  }

  /** Passes the input to the handler; false: stop reading in this turn. */
  private read(bytes: Uint8Array, length: number): boolean {
    const at = this.handOut(bytes, 0, length);
    if (this.ending) return true;
    if (at === length && !isReadingOver()) return true;
    if (at < length) {
      this.left = bytes.slice(at, length);
      this.leftAt = 0;
    }
    this.wait();
    return false;
  }

  /** Returns the end of what the handler has consumed. */
  private handOut(bytes: Uint8Array, start: number, end: number): number {
    if (this.handler === null) return end;
    return isReadingOver() ? start : this.deliver(bytes, start, end, readingUntilMs());
  }

  private wait(): void {
    if (this.isWaiting) return;
    this.isWaiting = true;
    readLater(this);
  }

  close(): void {
    if (this.ending) return;
    this.ending = true;
    this.left = null;
    this.handler = null;
    if (this.socket.destroyed) return;
    this.linger = setTimeout(() => this.abandon(), LINGER_MS).unref();
    // After the FIN is queued, the kernel delivers the rest even if the process ends.
    this.socket.end(() => this.socket.unref());
    this.socket.resume();
  }

  /** Closes the connection at once, without calling the handler. */
  destroy(): void {
    this.ending = true;
    this.left = null;
    this.handler = null;
    this.socket.destroy();
  }

  /** A fault while handling the input closes the connection, not the process. Returns the end of what was consumed. */
  private deliver(bytes: Uint8Array, start: number, end: number, untilMs: number): number {
    const startMs = performance.now();
    let at = end;
    try {
      at = this.handler?.onData(bytes, start, end, untilMs) ?? end;
    } catch (thrown) {
      this.fail(thrown);
    }
    const tookMs = performance.now() - startMs;
    this.count.note(at - start, tookMs);
    noteTurn('input', tookMs);
    return at;
  }

  private fail(thrown: unknown): void {
    const { message } = reportFault(`the connection with ${formatAddress(this.remoteAddress)}`, thrown);
    this.left = null;
    guarded('the end of a connection', () => this.lost(`internal fault: ${message}`))();
    this.destroy();
  }

  /** Handles received input before the loss: it may contain a NOTIFICATION. */
  private lost(error: string | null): void {
    const { left } = this;
    this.left = null;
    if (left !== null && !this.ending) this.deliver(left, this.leftAt, left.length, Number.POSITIVE_INFINITY);
    const handler = this.handler;
    this.close();
    handler?.onClosed(error);
  }

  /** A peer that does not read gets RST: with an orderly close the kernel would keep the unsent bytes for minutes. */
  private abandon(): void {
    if (this.socket.writableLength > 0) this.socket.resetAndDestroy();
    else this.socket.destroy();
  }

  private gone(): void {
    if (this.linger !== null) clearTimeout(this.linger);
    open.delete(this);
    if (open.size > 0) return;
    const resolved = waiters;
    waiters = [];
    for (const resolve of resolved) resolve();
  }
}

/** GTSM (RFC 5082): a peer sends with TTL 255, and each router on the way decrements it. */
function describeFar(ttl: number, least: number): string {
  return `the first packet of the peer had TTL ${ttl}, and \`ttl-security\` needs at least ${least}: the peer must send with TTL 255 (enable TTL security there), or it is more hops away than configured here`;
}

/** A connection over a socket that a server with `pauseOnConnect` has accepted; null if the peer has already closed it. */
export function acceptConnection(accepted: Socket): TcpConnection | null {
  const connection = new TcpConnection((onread) => moveHandle(accepted, onread), null);
  if (connection.connected()) return connection;
  connection.destroy();
  return null;
}
