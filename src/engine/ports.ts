/**
 * What the engine asks of the world, and the world of the engine. `src/io` implements these for Node; tests fake them.
 *
 *   io ── Connection bytes, accepted connections, dial results, timer ticks ──► engine
 *   engine ── dial, write, close, setWakeup ──► io
 *
 * No Node here.
 */
import type { TransportSpec } from '../reflect/spec.ts';

/** One TCP connection, ours once it is up. Its owner is told through the handler that `attach` set. */
export interface Connection {
  readonly remoteAddress: Uint8Array;
  readonly remotePort: number;
  readonly localAddress: Uint8Array;
  readonly localPort: number;
  /**
   * Puts the peer's options in force on the socket: its key, its TTL, and so on; called before `attach`, and again when
   * they have changed. Says in words for the operator why that cannot be: then there must be no session; else null.
   */
  configure(transport: TransportSpec): string | null;
  attach(handler: ConnectionHandler): void;
  /**
   * Hands `bytes[start, end)` to the socket. Exactly one write is under way at a time: the next only after
   * `onWritten`, which is never called from inside `write`. The bytes stay untouched until then.
   */
  write(bytes: Uint8Array, start: number, end: number): void;
  /** Stops and resumes reading: back-pressure toward the peer. */
  pause(): void;
  resume(): void;
  /** Flushes what was written, sends FIN, and forgets the socket within a bounded time. No handler call follows. */
  close(): void;
}

export interface ConnectionHandler {
  /** `bytes[0, length)` is only valid during the call. */
  onData(bytes: Uint8Array, length: number): void;
  /** What `write` took has left to the kernel. */
  onWritten(): void;
  /** The far side closed, or the socket failed with `error` (an errno name such as ECONNRESET). Called once. */
  onClosed(error: string | null): void;
}

export interface DialTarget {
  readonly address: Uint8Array;
  readonly port: number;
  readonly localAddress: Uint8Array | null;
  readonly transport: TransportSpec;
}

/** Why a dial did not succeed. */
export interface DialFailure {
  /** An errno name; with `unfit`, words for the operator. */
  readonly error: string;
  /** The options of the peer could not be set: nothing was sent. */
  readonly unfit: boolean;
}

/** A dial under way. */
export interface Dial {
  cancel(): void;
}

export interface Dialer {
  /** Calls exactly one of the two later (never before it returns), unless cancelled. */
  dial(
    target: DialTarget,
    onConnected: (connection: Connection) => void,
    onFailed: (failure: DialFailure) => void,
  ): Dial;
}

/** The event loop as the engine sees it. */
export interface Loop {
  /** Calls `run` once, after the input that is already there was read (setImmediate). */
  defer(run: () => void): void;
  /** Asks for one call of `run` at `atMs` of the clock (or soon after); replaces the request before. */
  wakeAt(atMs: number, run: () => void): void;
}
