/**
 * BFD beside the BGP session of one peer (RFC 5882 10.2): begun when BGP is established, which it need not be up for; once
 * it was up, its loss ends the session, unless the peer has merely switched it off.
 *
 *   established ─► begun ─► up ─► lost ─► BGP is closed ─► (goes on, down) ─► established again ─► …
 *                             └─► BGP ends otherwise ─► ended, but for a peer that restarts and forwards on (C bit)
 */
import { DIAG, describeDiag } from '../../bfd/packet.ts';
import type { BfdSpec, BfdStatus } from '../../bfd/spec.ts';
import { describeBfdLoss } from '../../fsm/describe.ts';
import type { BfdLoss, DownReason } from '../../fsm/types.ts';
import { formatAddress, sameAddress } from '../../lib/ip.ts';
import { Timer } from '../../lib/timers.ts';
import type { PeerSpec } from '../../spec/peer.ts';
import type { PeerConnection } from '../connection/peer-connection.ts';
import type { Core } from '../ports/core.ts';
import type { BfdEndpoints, BfdHandle, BfdListener } from '../ports/ports.ts';

/** A peer may take so many detection times to answer, but this at least: packets are a second apart until it does. */
const PATIENCE_TIMES = 10;
const LEAST_PATIENCE_MS = 10_000;
const MOST_PATIENCE_MS = 60_000;

/** UDP ports by RFC 5881 4 and RFC 5883 5. */
const PORT = { single: 3784, multihop: 4784 } as const;

/** Whose session is guarded. */
export interface BfdHost {
  readonly name: string;
  readonly spec: PeerSpec;
}

/** What is, or is to be, between whom. */
interface Wanted {
  readonly endpoints: BfdEndpoints;
  readonly spec: BfdSpec;
}

interface Running extends Wanted {
  readonly handle: BfdHandle;
}

export class BfdWatch implements BfdListener {
  /** As it was last told; null: there is no session of BFD, or nothing was told of it yet. */
  status: BfdStatus | null = null;
  /** Why there can be none, in words for the operator; null: there can. */
  problem: string | null = null;
  /** How often it was lost, over all of its sessions, and when and why last. */
  flaps = 0;
  lastLoss: { readonly atMs: number; readonly reason: string } | null = null;
  /** When its state was entered, in milliseconds of the clock. */
  sinceMs = 0;
  private running: Running | null = null;
  /** The connection of the BGP session; null: there is none. */
  private connection: PeerConnection | null = null;
  /** As it was when it was last up: after the loss nothing may come any more. */
  private lastUp: BfdStatus | null = null;
  private seenFlaps = 0;
  private readonly ended = { sent: 0, received: 0 };
  private readonly patience: Timer;
  private readonly core: Core;
  private readonly host: BfdHost;
  private readonly whenLost: (loss: BfdLoss) => void;

  /** @param whenLost the path to the peer is dead */
  constructor(core: Core, host: BfdHost, whenLost: (loss: BfdLoss) => void) {
    this.core = core;
    this.host = host;
    this.whenLost = whenLost;
    this.patience = new Timer(core.timers, () => this.reportUnanswered());
  }

  /** What there is a session of; null: none. */
  get session(): Wanted | null {
    return this.running;
  }

  get isUp(): boolean {
    return this.status?.state === 'Up';
  }

  /** Packets of all sessions so far. */
  get packets(): { readonly sent: number; readonly received: number } {
    const { sent, received } = this.running?.handle.packets ?? { sent: 0, received: 0 };
    return { sent: this.ended.sent + sent, received: this.ended.received + received };
  }

  /** BGP is established over this connection. */
  guard(connection: PeerConnection): void {
    this.connection = connection;
    this.adopt();
  }

  /** BGP is established no more. What was lost by BFD goes on with it, to show when the path is there again. */
  onSessionEnd({ kind }: DownReason, isKept: boolean): void {
    this.connection = null;
    this.patience.cancel();
    // RFC 5882 4.3.1: the forwarding of a peer that restarts is watched where its BFD goes on meanwhile.
    const forwards = isKept && this.isUp && this.lastUp?.remote?.independent === true;
    if (kind !== 'bfdDown' && !forwards) this.end();
  }

  /** Puts what is configured in force. */
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

  /** Ends it, so that the peer does not take that for a loss. */
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
      this.onProblem('BFD is not run here');
      return;
    }
    this.seenFlaps = 0;
    this.sinceMs = this.core.clock.nowMs();
    this.running = { ...wanted, handle: this.core.bfd.begin(wanted.endpoints, wanted.spec, this) };
  }

  private wanted(): Wanted | null {
    const settings = this.host.spec.bfd;
    const endpoints = this.connection === null ? this.running?.endpoints : this.endpointsOf(this.connection);
    if (settings === undefined || endpoints === undefined) return null;
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
    // That may have ended it.
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
      this.note('the peer has switched it off');
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
    const ms = Math.min(Math.max(PATIENCE_TIMES * multiplier * intervalMs, LEAST_PATIENCE_MS), MOST_PATIENCE_MS);
    this.patience.arm(this.core.clock.nowMs() + ms);
    this.core.rearm();
  }

  private reportUnanswered(): void {
    if (this.running === null || this.isUp || this.problem !== null) return;
    const advice = adviceFor(this.running, this.status);
    this.core.events.emit({ name: 'peer.bfd-unanswered', peer: this.host.name, advice });
  }
}

/** Which side has to change what, so that BFD comes up. */
function adviceFor({ endpoints, spec: { multihop } }: Wanted, status: BfdStatus | null): string {
  const remote = status?.remote ?? null;
  const port = multihop ? PORT.multihop : PORT.single;
  const ends = `${formatAddress(endpoints.local)} and ${formatAddress(endpoints.remote)}`;
  if (remote === null) {
    const [here, there] = multihop ? ['several hops', 'a single hop'] : ['a single hop', 'several hops'];
    return `nothing was heard; turn BFD on there for ${here} (UDP port ${port}) between ${ends}, set \`bfd: { multihop: ${!multihop} }\` here where it is on for ${there}, or \`bfd: false\``;
  }
  if (remote.state === 'AdminDown')
    return 'it is administratively down there; turn it on there, or set `bfd: false` here';
  return `its packets come, but it does not take ours; look for what drops UDP port ${port} between ${ends}`;
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
