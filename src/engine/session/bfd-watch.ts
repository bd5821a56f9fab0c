/**
 * BFD for the BGP session of one peer (RFC 5882 10.2). It starts when BGP is established; BGP does not wait for it.
 * After it was up, its failure closes the BGP session, unless the peer only disabled BFD.
 *
 *   established ─► started ─► up ─► down ─► BGP is closed ─► (BFD continues) ─► established again ─► …
 *                              └─► BGP ends otherwise ─► ended, except for a restarting peer that forwards (C bit)
 */
import { DIAG, describeDiag } from '../../bfd/packet.ts';
import type { BfdSpec, BfdStatus } from '../../bfd/spec.ts';
import { describeBfdLoss } from '../../fsm/describe.ts';
import type { BfdLoss, DownReason } from '../../fsm/types.ts';
import { formatAddress, sameAddress } from '../../lib/ip.ts';
import { Timer } from '../../lib/timers.ts';
import type { PeerSpec } from '../../spec/peer.ts';
import type { PeerConnection } from '../connection/peer-connection.ts';
import type { BfdSupport, Reporting, Timing } from '../ports/core.ts';
import type { BfdEndpoints, BfdHandle, BfdListener } from '../ports/ports.ts';

/** A peer may take so many detection times to answer, at least the minimum: until then packets are a second apart. */
const PATIENCE_TIMES = 10;
const MIN_PATIENCE_MS = 10_000;
const MAX_PATIENCE_MS = 60_000;

/** UDP ports by RFC 5881 4 and RFC 5883 5. */
const PORT = { single: 3784, multihop: 4784 } as const;

/** The owner of the session. */
interface BfdHost {
  readonly name: string;
  readonly spec: PeerSpec;
}

/** A BFD session: its endpoints and its settings. */
interface Wanted {
  readonly endpoints: BfdEndpoints;
  readonly spec: BfdSpec;
}

interface Running extends Wanted {
  readonly handle: BfdHandle;
}

export class BfdWatch implements BfdListener {
  /** The last reported status; null: there is no BFD session, or no report yet. */
  status: BfdStatus | null = null;
  /** Why BFD cannot start, in words for the operator; null: it can. */
  problem: string | null = null;
  /** Transitions from Up to Down, over all sessions, and time and reason of the last one. */
  flaps = 0;
  lastLoss: { readonly atMs: number; readonly reason: string } | null = null;
  /** The time of the last state change, in milliseconds of the clock. */
  sinceMs = 0;
  private running: Running | null = null;
  /** The connection of the BGP session; null: none. */
  private connection: PeerConnection | null = null;
  /** The peer's values when it was last up: after the failure no packet may arrive. */
  private lastUp: BfdStatus | null = null;
  private seenFlaps = 0;
  private readonly ended = { sent: 0, received: 0 };
  private readonly patience: Timer;
  private readonly core: Timing & Reporting & BfdSupport;
  private readonly host: BfdHost;
  private readonly whenLost: (loss: BfdLoss) => void;

  /** @param whenLost BFD went down */
  constructor(core: Timing & Reporting & BfdSupport, host: BfdHost, whenLost: (loss: BfdLoss) => void) {
    this.core = core;
    this.host = host;
    this.whenLost = whenLost;
    this.patience = new Timer(core.timers, () => this.reportUnanswered());
  }

  /** The running session; null: none. */
  get session(): Wanted | null {
    return this.running;
  }

  get isUp(): boolean {
    return this.status?.state === 'Up';
  }

  /** Packet counts of all sessions. */
  get packets(): { readonly sent: number; readonly received: number } {
    const { sent, received } = this.running?.handle.packets ?? { sent: 0, received: 0 };
    return { sent: this.ended.sent + sent, received: this.ended.received + received };
  }

  /** BGP is established over this connection. */
  guard(connection: PeerConnection): void {
    this.connection = connection;
    this.adopt();
  }

  /** BGP is closed. After a BFD failure the BFD session continues, to show when the path works again. */
  onSessionEnd({ kind }: DownReason, isKept: boolean): void {
    this.connection = null;
    this.patience.cancel();
    // RFC 5882 4.3.1: BFD monitors the forwarding of a restarting peer if its BFD continues meanwhile.
    const forwards = isKept && this.isUp && this.lastUp?.remote?.independent === true;
    if (kind !== 'bfdDown' && !forwards) this.end();
  }

  /** Applies the configured settings. */
  adopt(): void {
    const wanted = this.wanted();
    const { running } = this;
    if (wanted === null) {
      this.end();
    } else if (running === null || !isSamePath(running, wanted)) {
      this.end();
      this.begin(wanted);
    } else if (!sameSpec(running.spec, wanted.spec)) {
      running.handle.configure(wanted.spec);
      this.running = { ...wanted, handle: running.handle };
    }
    if (this.connection !== null) this.beginPatience();
  }

  /** Ends the session with AdminDown, so that the peer detects no failure. */
  end(): void {
    this.patience.cancel();
    if (this.running !== null) {
      const { packets } = this;
      this.running.handle.end();
      Object.assign(this.ended, packets);
    }
    this.running = null;
    this.status = null;
    this.lastUp = null;
    this.problem = null;
  }

  private begin(wanted: Wanted): void {
    if (this.core.bfd === null) {
      this.onProblem('BFD does not run here');
      return;
    }
    this.seenFlaps = 0;
    this.sinceMs = this.core.clock.nowMs();
    this.running = { ...wanted, handle: this.core.bfd.begin(wanted.endpoints, wanted.spec, this) };
  }

  private wanted(): Wanted | null {
    const settings = this.host.spec.bfd;
    const endpoints = this.connection === null ? this.running?.endpoints : this.endpointsOf(this.connection);
    if (settings === null || endpoints === undefined) return null;
    const { intervalMs, minRxMs, multiplier, minTtl } = settings;
    const multihop = settings.multihop ?? !this.core.isOnLink(endpoints.local, endpoints.remote);
    const spec = { intervalMs, minRxMs, multiplier, multihop, minTtl: multihop ? minTtl : 255 };
    return { endpoints, spec };
  }

  private endpointsOf({ tcp }: PeerConnection): BfdEndpoints {
    const { localAddress: local, remoteAddress: remote } = tcp;
    const { interfaceName, transport } = this.host.spec;
    return { local, remote, interfaceName: interfaceName ?? transport.bindDevice };
  }

  onStatus(status: BfdStatus): void {
    const before = this.status;
    this.status = status;
    this.problem = null;
    if (status.state !== before?.state) this.sinceMs = this.core.clock.nowMs();
    const lost = status.flaps - this.seenFlaps;
    this.seenFlaps = status.flaps;
    if (lost > 0) this.onLost(status, lost);
    // The call above may have ended the session.
    if (status.state !== 'Up' || this.status !== status) return;
    this.lastUp = status;
    if (before?.state !== 'Up' || lost > 0) this.onUp();
  }

  onProblem(problem: string): void {
    const isNew = problem !== this.problem;
    this.problem = problem;
    this.status = null;
    if (isNew) this.core.events.emit({ name: 'peer.bfd-failed', peer: this.host.name, problem });
  }

  private onUp(): void {
    this.patience.cancel();
    this.core.events.emit({ name: 'peer.bfd-up', peer: this.host.name });
  }

  private onLost(status: BfdStatus, times: number): void {
    this.flaps += times;
    const { name } = this.host;
    if (status.lastDownByAdmin) {
      this.note('the peer disabled BFD');
      this.core.events.emit({ name: 'peer.bfd-off', peer: name });
      return;
    }
    const loss = this.lossOf(status);
    const reason = describeBfdLoss(loss);
    this.note(reason);
    this.core.events.emit({ name: 'peer.bfd-lost', peer: name, reason });
    this.whenLost(loss);
  }

  private note(reason: string): void {
    this.lastLoss = { atMs: this.core.clock.nowMs(), reason };
  }

  private lossOf({ lastDownDiag, remote }: BfdStatus): BfdLoss {
    return {
      cause: lastDownDiag === DIAG.detectionTime ? 'silence' : 'signalled',
      detectionMs: (this.lastUp?.detectionUs ?? 0) / 1000,
      diag: describeDiag(remote?.diag ?? DIAG.none),
      independent: this.lastUp?.remote?.independent === true,
    };
  }

  private beginPatience(): void {
    if (this.running === null || this.isUp) return;
    const { intervalMs, multiplier } = this.running.spec;
    const ms = Math.min(Math.max(PATIENCE_TIMES * multiplier * intervalMs, MIN_PATIENCE_MS), MAX_PATIENCE_MS);
    this.patience.arm(this.core.clock.nowMs() + ms);
    this.core.rearm();
  }

  private reportUnanswered(): void {
    if (this.running === null || this.isUp || this.problem !== null) return;
    const advice = adviceFor(this.running, this.status);
    this.core.events.emit({ name: 'peer.bfd-unanswered', peer: this.host.name, advice });
  }
}

/** Which side has to change what so that BFD comes up. */
function adviceFor({ endpoints, spec: { multihop } }: Wanted, status: BfdStatus | null): string {
  const remote = status?.remote ?? null;
  const port = multihop ? PORT.multihop : PORT.single;
  const ends = `${formatAddress(endpoints.local)} and ${formatAddress(endpoints.remote)}`;
  if (remote === null) {
    const [here, there] = multihop ? ['several hops', 'a single hop'] : ['a single hop', 'several hops'];
    return `no BFD packet was received; enable BFD at the peer for ${here} (UDP port ${port}) between ${ends}, or set \`bfd: { multihop: ${!multihop} }\` here if it is enabled for ${there}, or \`bfd: false\``;
  }
  if (remote.state === 'AdminDown')
    return 'it is administratively down there; turn it on there, or set `bfd: false` here';
  return `BFD packets are received, but the peer does not receive ours; check for a filter of UDP port ${port} between ${ends}`;
}

function isSamePath(a: Wanted, b: Wanted): boolean {
  return (
    sameAddress(a.endpoints.local, b.endpoints.local) &&
    sameAddress(a.endpoints.remote, b.endpoints.remote) &&
    a.endpoints.interfaceName === b.endpoints.interfaceName &&
    a.spec.multihop === b.spec.multihop
  );
}

function sameSpec(a: BfdSpec, b: BfdSpec): boolean {
  return (
    a.intervalMs === b.intervalMs && a.minRxMs === b.minRxMs && a.multiplier === b.multiplier && a.minTtl === b.minTtl
  );
}
