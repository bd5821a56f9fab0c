/**
 * The interfaces between the engine and its environment. `src/io` implements them for Node; tests use fakes.
 *
 *   io ── Connection bytes, accepted connections, dial results, timer ticks ──► engine
 *   engine ── dial, write, close, setWakeup ──► io
 */
import type { BfdSpec, BfdStatus } from '../../bfd/spec.ts';
import type { Clock } from '../../lib/clock.ts';
import type { TransportSpec } from '../../spec/transport.ts';
import type { EventSink } from '../events/events.ts';

/** One established TCP connection. It reports to the handler that `attach` set. */
export interface Connection {
  readonly remoteAddress: Uint8Array;
  readonly remotePort: number;
  readonly localAddress: Uint8Array;
  readonly localPort: number;
  /** If the remote address is link-local: the interface of the neighbor; null: it is not link-local. */
  readonly interfaceName: string | null;
  /**
   * Sets the options of the peer on the socket: key, TTL and others; called before `attach`, and again after a change.
   * Returns the reason of a failure in words for the operator: then there must be no session; null: success.
   */
  configure(transport: TransportSpec): string | null;
  attach(handler: ConnectionHandler): void;
  /**
   * Writes `bytes[start, end)` to the socket. Only one write is active at a time: the next only after `onWritten`,
   * which is never called from inside `write`. The bytes must not change until then.
   */
  write(bytes: Uint8Array, start: number, end: number): void;
  /** Stops and resumes reading: back-pressure toward the peer. */
  pause(): void;
  resume(): void;
  /** Data has arrived that was not delivered yet, for lack of time. */
  readonly isBehind: boolean;
  /** Flushes written data, sends FIN, and destroys the socket within a bounded time. No handler call follows. */
  close(): void;
}

export interface ConnectionHandler {
  /**
   * Processes `bytes[start, end)`, which are only valid during the call, until the time is over; at least one message.
   * @param untilMs of the clock; Infinity: no time limit
   * @returns where it stopped: the bytes from there on are delivered again in the next turn, before any others
   */
  onData(bytes: Uint8Array, start: number, end: number, untilMs: number): number;
  /** The kernel accepted the bytes of `write`. */
  onWritten(): void;
  /** The peer closed, or the socket failed with `error` (an errno name such as ECONNRESET). Called once. */
  onClosed(error: string | null): void;
}

export interface DialTarget {
  readonly address: Uint8Array;
  readonly port: number;
  readonly localAddress: Uint8Array | null;
  /** The interface of a link-local address; null: the address is not link-local. */
  readonly interfaceName: string | null;
  readonly transport: TransportSpec;
}

/** Why a dial failed. */
export interface DialFailure {
  /** An errno name; with `unfit`, words for the operator. */
  readonly error: string;
  /** The options of the peer could not be set; nothing was sent. */
  readonly unfit: boolean;
}

/** A dial under way. */
export interface Dial {
  cancel(): void;
}

export interface Dialer {
  /** Calls exactly one of the two later (never before it returns), unless canceled. */
  dial(
    target: DialTarget,
    onConnected: (connection: Connection) => void,
    onFailed: (failure: DialFailure) => void,
  ): Dial;
}

/** The event loop of the engine. */
export interface Loop {
  /** Calls `run` once, after the input that has already arrived is read (setImmediate). */
  defer(run: () => void): void;
  /** Whether reading stopped since the last call because its time was over, so that more input has arrived already. */
  takeUnreadInput(): boolean;
  /** Requests one call of `run` at `atMs` of the clock (or soon after); replaces the previous request. */
  wakeAt(atMs: number, run: () => void): void;
}

/** The endpoints of a BFD session (RFC 5881 4, RFC 5883 4). */
export interface BfdEndpoints {
  readonly local: Uint8Array;
  readonly remote: Uint8Array;
  /** The interface (or VRF) of the packets, and of a link-local address; null: the one that the routes select. */
  readonly interfaceName: string | null;
}

/** The listener of a BFD session; never called from inside `begin`, nor after `end`. */
export interface BfdListener {
  /** At the start, and after each change of the state or of the values that the peer signals. */
  onStatus(status: BfdStatus): void;
  /** The session cannot start: the reason, in words for the operator. It is retried; then `onStatus` follows. */
  onProblem(problem: string): void;
}

/** A requested BFD session. */
export interface BfdHandle {
  /** Changes the intervals, by a Poll Sequence without loss of the session. */
  configure(spec: BfdSpec): void;
  /** Ends it: AdminDown is sent to the peer (RFC 5880 6.8.16). */
  end(): void;
  /** Packet counts, at most some seconds old. */
  readonly packets: { readonly sent: number; readonly received: number };
}

/** BFD, which runs where a busy engine does not delay it. */
export interface BfdService {
  begin(endpoints: BfdEndpoints, spec: BfdSpec, listener: BfdListener): BfdHandle;
}

/** The state of a link and the routers found on it. */
export interface LinkNeighbors {
  /** The interface exists, is up, and has a carrier. */
  readonly up: boolean;
  /** Link-local addresses of the routers that advertise themselves (RFC 4861 4.2), the newest first. */
  readonly routers: readonly Uint8Array[];
  /** Why Router Advertisements cannot be sent or received there, in words for the operator; null: they can. */
  readonly problem: string | null;
}

/** A watched link. */
export interface LinkWatch {
  /** Without a router, or without a session, Router Advertisements and Solicitations are sent more often. */
  hurry(on: boolean): void;
  close(): void;
}

/** Finds routers on links, and advertises this one to them, by Router Advertisements (RFC 4861 6.2). */
export interface NeighborFinder {
  /** Calls `onChange` soon, and after each change; never from inside `watch`. */
  watch(interfaceName: string, onChange: (found: LinkNeighbors) => void): LinkWatch;
}

/** What the engine uses of its environment. */
export interface EngineDeps {
  readonly clock: Clock;
  readonly loop: Loop;
  readonly dialer: Dialer;
  /** Absent: peers on interfaces are not discovered. */
  readonly neighbors?: NeighborFinder;
  /** Absent: BFD does not run. */
  readonly bfd?: BfdService;
  /** Whether both addresses are in one network in which this host has an address; absent: none are. */
  readonly isOnLink?: (local: Uint8Array, remote: Uint8Array) => boolean;
  readonly events: EventSink;
  readonly random: () => number;
  /** Bytes that a member may be behind in the log of its group before it leaves it; the default is 8 MiB. */
  readonly slowAfterBytes?: number;
}
