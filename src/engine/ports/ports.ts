/**
 * What the engine asks of the world, and the world of the engine. `src/io` implements these for Node; tests fake them.
 *
 *   io ── Connection bytes, accepted connections, dial results, timer ticks ──► engine
 *   engine ── dial, write, close, setWakeup ──► io
 *
 * No Node here.
 */
import type { BfdSpec, BfdStatus } from '../../bfd/spec.ts';
import type { TransportSpec } from '../../spec/transport.ts';

/** One TCP connection, ours once it is up. Its owner is told through the handler that `attach` set. */
export interface Connection {
  readonly remoteAddress: Uint8Array;
  readonly remotePort: number;
  readonly localAddress: Uint8Array;
  readonly localPort: number;
  /** Where the remote address is link-local: the interface that it is a neighbor on; null: it is not. */
  readonly interfaceName: string | null;
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
  /** Something has arrived that was not handed out yet, for lack of time. */
  readonly isBehind: boolean;
  /** Flushes what was written, sends FIN, and forgets the socket within a bounded time. No handler call follows. */
  close(): void;
}

export interface ConnectionHandler {
  /**
   * Takes of `bytes[start, end)`, which are only valid during the call, what it can until then; at least a message.
   * @param untilMs of the clock; Infinity: there is no hurry
   * @returns where it stopped: from there on the bytes come again, in the next turn and before any others
   */
  onData(bytes: Uint8Array, start: number, end: number, untilMs: number): number;
  /** What `write` took has left to the kernel. */
  onWritten(): void;
  /** The far side closed, or the socket failed with `error` (an errno name such as ECONNRESET). Called once. */
  onClosed(error: string | null): void;
}

export interface DialTarget {
  readonly address: Uint8Array;
  readonly port: number;
  readonly localAddress: Uint8Array | null;
  /** The interface of a link-local address; absent: it is none. */
  readonly interfaceName?: string;
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

/** Between whom a BFD session runs (RFC 5881 4, RFC 5883 4). */
export interface BfdEndpoints {
  readonly local: Uint8Array;
  readonly remote: Uint8Array;
  /** The interface (or VRF) that packets go by, and that a link-local address is on; null: whichever the routes lead to. */
  readonly interfaceName: string | null;
}

/** Who hears how a BFD session fares; never called from inside `begin`, nor after `end`. */
export interface BfdListener {
  /** At the beginning, and whenever the state, or what the peer says of itself, has changed. */
  onStatus(status: BfdStatus): void;
  /** There can be no session: why, in words for the operator. It is tried again by itself; `onStatus` then follows. */
  onProblem(problem: string): void;
}

/** A BFD session that was asked for. */
export interface BfdHandle {
  /** Other intervals, agreed on with the peer without a loss of the session. */
  configure(spec: BfdSpec): void;
  /** Ends it: the peer hears AdminDown (RFC 5880 6.8.16). */
  end(): void;
  /** Packets so far, as last counted (some seconds old at most). */
  readonly packets: { readonly sent: number; readonly received: number };
}

/** BFD, run where a busy engine does not delay it. */
export interface BfdService {
  begin(endpoints: BfdEndpoints, spec: BfdSpec, listener: BfdListener): BfdHandle;
}

/** What is known of the far end of a link. */
export interface LinkNeighbors {
  /** The interface is there, up, and has a carrier. */
  readonly up: boolean;
  /** Link-local addresses of those that say that they are routers (RFC 4861 4.2), the newest first. */
  readonly routers: readonly Uint8Array[];
  /** Why we do not make ourselves known there, or do not hear of others, in words for the operator; null: we do. */
  readonly problem: string | null;
}

/** A link that is watched. */
export interface LinkWatch {
  /** While nobody is found, or there is no session, Router Advertisements and Solicitations go out more often. */
  hurry(on: boolean): void;
  close(): void;
}

/** Finds routers at the other end of links, and makes this one known to them, by Router Advertisements (RFC 4861 6.2). */
export interface NeighborFinder {
  /** `onChange` is told what is known soon, and whenever it changes; never from inside `watch`. */
  watch(interfaceName: string, onChange: (found: LinkNeighbors) => void): LinkWatch;
}
