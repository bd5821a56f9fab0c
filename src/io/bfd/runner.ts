/** The content of the BFD thread: the sessions, their sockets, and one timeout for all their timers. */
import { performance } from 'node:perf_hooks';
import type { BfdSpec, BfdStatus } from '../../bfd/spec.ts';
import { type BfdPath, BfdTable } from '../../bfd/table.ts';
import { TimerQueue } from '../../lib/timers.ts';
import { endName } from '../../spec/peer-name.ts';
import { type Libc, libc, whyNoLibc } from '../system/libc.ts';
import type { Endpoints, News, Order } from './messages.ts';
import { Receivers } from './receivers.ts';
import { type Bound, describeProblem, openSender, type Sender } from './sockets.ts';

/** Delay before the sockets of a session are opened again after an error. */
const RETRY_MS = 2000;
/** How often the packet counters are sent to the main thread. */
const COUNT_MS = 2000;

interface Entry {
  readonly endpoints: Endpoints;
  readonly portChoice: number;
  spec: BfdSpec;
  sender: Sender | null;
  /** While it has no sockets: the timer of the next attempt. */
  retry: NodeJS.Timeout | null;
  sent: number;
  received: number;
}

export class BfdRunner {
  private readonly send: (news: News) => void;
  private readonly timers = new TimerQueue();
  private readonly table: BfdTable;
  private readonly entries = new Map<string, Entry>();
  private receivers: Receivers | null = null;
  private timeout: NodeJS.Timeout | null = null;
  private dueMs = Number.POSITIVE_INFINITY;

  constructor(send: (news: News) => void) {
    this.send = send;
    this.table = new BfdTable({
      timers: this.timers,
      nowMs: () => performance.now(),
      random: Math.random,
      send: (id, bytes) => this.entries.get(id)?.sender?.send(bytes),
      onChanged: (id, status) => this.send({ kind: 'status', id, status }),
      onGone: (id) => this.forget(id),
    });
    setInterval(() => this.count(), COUNT_MS);
  }

  obey(order: Order): void {
    if (order.kind === 'begin') this.begin(order);
    else if (order.kind === 'configure') this.configure(order.id, order.spec);
    else this.end(order.id);
    this.arm();
  }

  private begin({ id, endpoints, spec, before, portChoice }: Extract<Order, { kind: 'begin' }>): void {
    const entry: Entry = { endpoints, portChoice, spec, sender: null, retry: null, sent: 0, received: 0 };
    this.entries.set(id, entry);
    this.open(id, entry, before);
  }

  private open(id: string, entry: Entry, before: BfdStatus | null): void {
    entry.retry = null;
    const problem = this.openSockets(id, entry);
    if (problem === null) {
      this.table.add(id, pathOf(entry), entry.spec, before);
      this.arm();
      return;
    }
    this.send({ kind: 'problem', id, problem });
    entry.retry = setTimeout(() => this.open(id, entry, before), RETRY_MS);
  }

  /** Opens the sockets of a session; returns why that failed, in words, or null. */
  private openSockets(id: string, entry: Entry): string | null {
    const calls = libc();
    if (calls === null) return `BFD is not available: ${whyNoLibc()}`;
    const { endpoints, spec } = entry;
    const { multihop } = spec;
    const bound = boundOf(endpoints);
    const code = this.receiversOf(calls).acquire(id, bound, multihop, spec.minTtl);
    if (code !== null) return describeProblem(code, bound, multihop);
    const sender = openSender(calls, bound, endpoints.remote, multihop, entry.portChoice);
    if (typeof sender !== 'string') {
      entry.sender = sender;
      return null;
    }
    this.receivers?.release(id, bound, multihop);
    return describeProblem(sender, bound, multihop);
  }

  private receiversOf(calls: Libc): Receivers {
    this.receivers ??= new Receivers(calls, (bytes, path) => this.receive(bytes, path));
    return this.receivers;
  }

  private receive(bytes: Uint8Array, path: BfdPath): void {
    this.table.receive(bytes, bytes.length, path);
    this.arm();
  }

  private configure(id: string, spec: BfdSpec): void {
    const entry = this.entries.get(id);
    if (entry === undefined) return;
    entry.spec = spec;
    if (entry.sender === null) return;
    this.receivers?.acquire(id, boundOf(entry.endpoints), spec.multihop, spec.minTtl);
    this.table.configure(id, spec);
  }

  private end(id: string): void {
    const entry = this.entries.get(id);
    if (entry === undefined) return;
    if (entry.sender !== null) this.table.remove(id);
    else this.forget(id);
  }

  private forget(id: string): void {
    const entry = this.entries.get(id);
    if (entry === undefined) return;
    this.entries.delete(id);
    if (entry.retry !== null) clearTimeout(entry.retry);
    entry.sender?.close();
    this.receivers?.release(id, boundOf(entry.endpoints), entry.spec.multihop);
    this.send({ kind: 'gone', id });
  }

  private count(): void {
    const counts: [string, number, number][] = [];
    for (const [id, entry] of this.entries) {
      const packets = this.table.packetsOf(id);
      if (packets === null || (packets.sent === entry.sent && packets.received === entry.received)) continue;
      entry.sent = packets.sent;
      entry.received = packets.received;
      counts.push([id, packets.sent, packets.received]);
    }
    if (counts.length > 0) this.send({ kind: 'packets', counts });
  }

  /**
   * One timeout for the earliest timer. It is not changed when that timer moves later, as detection timers always do.
   */
  private arm(): void {
    const { nextMs } = this.timers;
    if (nextMs >= this.dueMs) return;
    if (this.timeout !== null) clearTimeout(this.timeout);
    this.dueMs = nextMs;
    this.timeout = setTimeout(this.wake, Math.max(1, Math.ceil(nextMs - performance.now())));
  }

  /** Timeouts run before sockets are read, immediates after: received packets are handled before a timer expires. */
  private readonly wake = (): void => {
    this.timeout = null;
    this.receivers?.isDrained();
    setImmediate(this.fire);
  };

  private readonly fire = (): void => {
    if (this.receivers?.isDrained() === false) {
      setImmediate(this.fire);
      return;
    }
    this.dueMs = Number.POSITIVE_INFINITY;
    this.timers.advance(performance.now());
    this.arm();
  };
}

function boundOf({ local, interfaceName }: Endpoints): Bound {
  return { address: local, interfaceName };
}

function pathOf({ endpoints: { local, remote, interfaceName }, spec: { multihop } }: Entry): BfdPath {
  return { local: endName(local, interfaceName), remote: endName(remote, interfaceName), multihop };
}
