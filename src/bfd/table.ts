/**
 * The BFD sessions of this host: the lookup of the session of a packet (RFC 5880 6.8.6, 6.3), and their discriminators.
 */
import type { TimerQueue } from '../lib/timers.ts';
import { Timer } from '../lib/timers.ts';
import { type Discard, readPacket, STATE } from './packet.ts';
import { type BfdOwner, BfdSession } from './session.ts';
import type { BfdSpec, BfdStatus } from './spec.ts';

/** The path of a session: identifies it for packets without Your Discriminator (RFC 5881 3, RFC 5883 3). */
export interface BfdPath {
  readonly local: string;
  readonly remote: string;
  readonly multihop: boolean;
}

/** The receiver of packets and changes. */
interface BfdTableDeps {
  readonly timers: TimerQueue;
  nowMs(): number;
  random(): number;
  send(id: string, bytes: Uint8Array): void;
  onChanged(id: string, status: BfdStatus): void;
  /** A removed session has signaled AdminDown to its peer, and sends no more. */
  onGone(id: string): void;
}

interface Entry {
  readonly session: BfdSession;
  readonly path: BfdPath;
  /** Set while the session only signals its end to the peer. */
  leaving: Timer | null;
}

export class BfdTable implements BfdOwner {
  readonly timers: TimerQueue;
  /** Discarded packets, by reason. */
  readonly discarded = new Map<Discard, number>();
  private readonly byId = new Map<string, Entry>();
  private readonly byDiscriminator = new Map<number, Entry>();
  private readonly byPath = new Map<string, Entry>();
  private readonly deps: BfdTableDeps;

  constructor(deps: BfdTableDeps) {
    this.deps = deps;
    this.timers = deps.timers;
  }

  /**
   * Starts a session; it replaces one with the same id or path.
   * @param before the status in another table, to continue it; null: a new session
   */
  add(id: string, path: BfdPath, spec: BfdSpec, before: BfdStatus | null = null): void {
    this.forget(id);
    const there = this.byPath.get(keyOf(path));
    if (there !== undefined) this.forget(there.session.id);
    const discriminator = before?.discriminator ?? this.freeDiscriminator();
    const session = new BfdSession(id, discriminator, spec, before, this);
    const entry: Entry = { session, path, leaving: null };
    this.byId.set(id, entry);
    this.byDiscriminator.set(discriminator, entry);
    this.byPath.set(keyOf(path), entry);
    this.deps.onChanged(id, session.status);
  }

  configure(id: string, spec: BfdSpec): void {
    const session = this.byId.get(id)?.session;
    session?.configure(spec);
    if (session !== undefined) this.deps.onChanged(id, session.status);
  }

  /**
   * Ends a session: sends AdminDown for a detection time (RFC 5880 6.8.16), so that the peer detects no path failure.
   */
  remove(id: string): void {
    const entry = this.byId.get(id);
    if (entry === undefined || entry.leaving !== null) return;
    entry.session.disable();
    entry.leaving = new Timer(this.timers, () => this.forget(id));
    entry.leaving.arm(this.nowMs() + entry.session.lingerMs);
  }

  /** Packets of a session so far. */
  packetsOf(id: string): { readonly sent: number; readonly received: number } | null {
    const session = this.byId.get(id)?.session;
    return session === undefined ? null : { sent: session.sent, received: session.received };
  }

  /** Processes a datagram received at `local`; one that is for no session is counted and discarded. */
  receive(bytes: Uint8Array, length: number, path: BfdPath): void {
    const reason = this.take(bytes, length, path);
    if (reason !== null) this.discarded.set(reason, (this.discarded.get(reason) ?? 0) + 1);
  }

  private take(bytes: Uint8Array, length: number, path: BfdPath): Discard | null {
    const packet = readPacket(bytes, length);
    if (typeof packet === 'string') return packet;
    const entry = this.entryOf(packet.yourDiscriminator, path);
    if (packet.yourDiscriminator !== 0) {
      if (entry === undefined) return 'your-discriminator';
    } else if (packet.state !== STATE.down && packet.state !== STATE.adminDown) {
      return 'state';
    }
    if (entry === undefined) return 'no-session';
    // bfd.AuthType is 0 here.
    if (packet.authenticated) return 'authentication';
    return entry.session.receive(packet) ? null : 'admin-down';
  }

  private entryOf(discriminator: number, path: BfdPath): Entry | undefined {
    if (discriminator === 0) return this.byPath.get(keyOf(path));
    const entry = this.byDiscriminator.get(discriminator);
    // The TTL was checked for one kind of session (single-hop or multihop), so it is not valid for the other.
    return entry?.path.multihop === path.multihop ? entry : undefined;
  }

  private forget(id: string): void {
    const entry = this.byId.get(id);
    if (entry === undefined) return;
    entry.leaving?.cancel();
    entry.session.close();
    this.byId.delete(id);
    this.byDiscriminator.delete(entry.session.discriminator);
    this.byPath.delete(keyOf(entry.path));
    this.deps.onGone(id);
  }

  /** RFC 5880 6.8.1: unique on this host, not zero, and hard to guess. */
  private freeDiscriminator(): number {
    for (;;) {
      const candidate = Math.floor(this.random() * 2 ** 32);
      if (candidate !== 0 && !this.byDiscriminator.has(candidate)) return candidate;
    }
  }

  nowMs(): number {
    return this.deps.nowMs();
  }

  random(): number {
    return this.deps.random();
  }

  send(session: BfdSession, bytes: Uint8Array): void {
    this.deps.send(session.id, bytes);
  }

  onChanged(session: BfdSession): void {
    if (this.byId.get(session.id)?.leaving === null) this.deps.onChanged(session.id, session.status);
  }
}

function keyOf({ local, remote, multihop }: BfdPath): string {
  return `${multihop ? 'm' : 's'} ${local} ${remote}`;
}
