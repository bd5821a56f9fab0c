/**
 * One BFD session in asynchronous mode (RFC 5880 6.8): its variables, its state machine, its two timers. Demand mode is
 * never entered here, but that of the peer is honored; there is no echo function and no authentication.
 * Packets and state changes go to its owner.
 */
import { Timer, type TimerQueue } from '../lib/timers.ts';
import { type BfdPacket, type BfdState, DIAG, STATE, STATE_NAMES, writePacket } from './packet.ts';
import type { BfdSpec, BfdStatus } from './spec.ts';
import { Timing } from './timing.ts';

/** The owner of a session. */
export interface BfdOwner {
  readonly timers: TimerQueue;
  nowMs(): number;
  /** In [0, 1). */
  random(): number;
  send(session: BfdSession, bytes: Uint8Array): void;
  /** The state, or a value that the peer signals, changed. */
  onChanged(session: BfdSession): void;
}

export class BfdSession {
  /** The owner's name for it. */
  readonly id: string;
  /** bfd.LocalDiscr; never 0. */
  readonly discriminator: number;
  received = 0;
  sent = 0;
  private state: BfdState = STATE.down;
  private diag: number = DIAG.none;
  /** bfd.RemoteDiscr; 0: not known. */
  private remoteDiscriminator = 0;
  /** The last accepted packet. */
  private last: BfdPacket | null = null;
  private readonly timing: Timing;
  private flaps = 0;
  private lastDownDiag: number | null = null;
  private lastDownByAdmin = false;
  private receivedMs = 0;
  private sentMs = Number.NEGATIVE_INFINITY;
  /** The interval of the armed transmit timer. */
  private pacedUs = 0;
  private readonly transmitTimer: Timer;
  private readonly detectionTimer: Timer;
  private readonly owner: BfdOwner;

  /** @param before a session that this one continues, with its discriminators and state; null: a new one */
  constructor(id: string, discriminator: number, spec: BfdSpec, before: BfdStatus | null, owner: BfdOwner) {
    this.id = id;
    this.discriminator = discriminator;
    this.owner = owner;
    this.timing = new Timing(spec);
    this.transmitTimer = new Timer(owner.timers, () => this.transmit());
    this.detectionTimer = new Timer(owner.timers, () => this.onDetectionTime());
    if (before !== null) this.goOn(before);
    this.pace();
  }

  get status(): BfdStatus {
    const { last, timing } = this;
    return {
      state: STATE_NAMES[this.state],
      diag: this.diag,
      remote: last === null || this.remoteDiscriminator === 0 ? null : remoteOf(last),
      discriminator: this.discriminator,
      transmitUs: timing.transmitUs,
      detectionUs: timing.detectionUs,
      flaps: this.flaps,
      lastDownDiag: this.lastDownDiag,
      lastDownByAdmin: this.lastDownByAdmin,
    };
  }

  /** Changes the intervals; in a session that is up, by a Poll Sequence (RFC 5880 6.8.3). */
  configure(spec: BfdSpec): void {
    this.timing.configure(spec, this.state);
    this.pace();
    this.watch();
  }

  /**
   * Processes a packet for this session; the rules of 6.8.6 from "bfd.RemoteDiscr" on, in their order.
   * @returns false: the packet is discarded in AdminDown
   */
  receive(packet: BfdPacket): boolean {
    const before = this.last;
    const { transmitUs, detectionUs } = this.timing;
    const wasUnknown = this.remoteDiscriminator === 0;
    this.received++;
    this.remoteDiscriminator = packet.myDiscriminator;
    this.last = packet;
    this.timing.received(packet, this.state);
    if (this.state === STATE.adminDown) return false;
    const entered = this.react(packet.state);
    this.receivedMs = this.owner.nowMs();
    this.watch();
    if (!entered) this.pace();
    // 6.8.6: "If the Poll (P) bit is set, send a BFD Control packet to the remote system with ... the Final (F)
    // bit set".
    if (packet.poll) this.write(true);
    const isRetimed = transmitUs !== this.timing.transmitUs || detectionUs !== this.timing.detectionUs;
    if (entered || wasUnknown || isRetimed || before === null || differs(before, packet)) this.owner.onChanged(this);
    return true;
  }

  /** RFC 5880 6.8.16: signals the peer that the path has not failed. */
  disable(): void {
    this.enter(STATE.adminDown, DIAG.adminDown);
    this.detectionTimer.cancel();
    this.owner.onChanged(this);
  }

  /** Ends the session without a further packet. */
  close(): void {
    this.transmitTimer.cancel();
    this.detectionTimer.cancel();
  }

  /** The maximum time until the peer detects that no packets arrive any more, in milliseconds. */
  get lingerMs(): number {
    return (this.timing.transmitUs * this.timing.detectMult) / 1000;
  }

  private goOn(before: BfdStatus): void {
    this.state = STATE_NAMES.indexOf(before.state) as BfdState;
    this.diag = before.diag;
    this.flaps = before.flaps;
    this.lastDownDiag = before.lastDownDiag;
    this.lastDownByAdmin = before.lastDownByAdmin;
    const { remote } = before;
    if (remote === null) return;
    this.remoteDiscriminator = remote.discriminator;
    this.last = packetOf(remote, this.discriminator);
    this.timing.received(this.last, this.state);
    this.timing.entered(this.state);
    this.receivedMs = this.owner.nowMs();
    this.watch();
  }

  /** The state machine of 6.8.6 (and 6.2); true: the state changed. */
  private react(remote: BfdState): boolean {
    const { state } = this;
    if (remote === STATE.adminDown) {
      if (state === STATE.down) return false;
      this.lose(DIAG.neighborDown, true);
      return true;
    }
    if (state === STATE.down) {
      if (remote === STATE.down) this.enter(STATE.init, DIAG.none);
      else if (remote === STATE.init) this.enter(STATE.up, DIAG.none);
    } else if (state === STATE.init) {
      if (remote !== STATE.down) this.enter(STATE.up, DIAG.none);
    } else if (remote === STATE.down) {
      this.lose(DIAG.neighborDown, false);
    }
    return this.state !== state;
  }

  /** 6.8.4: nothing was received for a detection time. */
  private onDetectionTime(): void {
    // 6.8.1: RemoteDiscr is set to zero, in any state.
    this.remoteDiscriminator = 0;
    if (this.state === STATE.init || this.state === STATE.up) this.lose(DIAG.detectionTime, false);
    this.owner.onChanged(this);
  }

  private lose(diag: number, byAdmin: boolean): void {
    if (this.state === STATE.up) {
      this.lastDownDiag = diag;
      this.lastDownByAdmin = byAdmin;
    }
    this.enter(STATE.down, diag);
  }

  private enter(state: BfdState, diag: number): void {
    if (this.state === STATE.up) this.flaps++;
    this.state = state;
    this.diag = diag;
    this.timing.entered(state);
    this.watch();
    // 6.8.7: send immediately, because the content changed.
    if (this.maySend) this.transmit();
    else this.pace();
  }

  /** 6.8.4: the detection time starts at the last packet. */
  private watch(): void {
    const { detectionUs } = this.timing;
    if (detectionUs === 0 || this.remoteDiscriminator === 0 || this.state === STATE.adminDown) return;
    this.detectionTimer.arm(this.receivedMs + detectionUs / 1000);
  }

  /** 6.8.7: not if the peer wants no packets, nor periodically in Demand mode, unless a Poll Sequence is active. */
  private get maySend(): boolean {
    const { last, timing } = this;
    if (timing.remoteMinRxUs === 0) return false;
    const demanded = last?.demand === true && last.state === STATE.up && this.state === STATE.up;
    return !demanded || timing.polling;
  }

  private transmit(): void {
    this.write(false);
    this.sentMs = this.owner.nowMs();
    this.pacedUs = 0;
    this.pace();
  }

  /** 6.8.3: a changed interval starts at the last sent packet. */
  private pace(): void {
    if (!this.maySend) {
      this.transmitTimer.cancel();
      this.pacedUs = 0;
      return;
    }
    const { transmitUs } = this.timing;
    if (transmitUs === this.pacedUs) return;
    this.pacedUs = transmitUs;
    const jitteredMs = (transmitUs / 1000) * this.timing.jitter(this.owner.random());
    this.transmitTimer.arm(Math.max(this.owner.nowMs(), this.sentMs + jitteredMs));
  }

  private write(final: boolean): void {
    this.sent++;
    const packet = {
      diag: this.diag,
      state: this.state,
      poll: this.timing.polling && !final,
      final,
      // BFD runs in the process of BGP, so it shares its fate.
      independent: false,
      demand: false,
      detectMult: this.timing.detectMult,
      myDiscriminator: this.discriminator,
      yourDiscriminator: this.remoteDiscriminator,
      desiredMinTxUs: this.timing.desiredMinTxUs,
      requiredMinRxUs: this.timing.requiredMinRxUs,
      requiredMinEchoRxUs: 0,
    };
    this.owner.send(this, writePacket(packet));
  }
}

function remoteOf(packet: BfdPacket): BfdStatus['remote'] {
  const { diag, detectMult, desiredMinTxUs, requiredMinRxUs, independent, demand } = packet;
  const state = STATE_NAMES[packet.state];
  const discriminator = packet.myDiscriminator;
  return { state, diag, discriminator, detectMult, desiredMinTxUs, requiredMinRxUs, independent, demand };
}

function packetOf(remote: NonNullable<BfdStatus['remote']>, yourDiscriminator: number): BfdPacket {
  const { state, discriminator, ...same } = remote;
  const flags = { poll: false, final: false, authenticated: false };
  const code = STATE_NAMES.indexOf(state) as BfdState;
  return { ...same, ...flags, state: code, myDiscriminator: discriminator, yourDiscriminator, requiredMinEchoRxUs: 0 };
}

/** Whether a value that the peer signals changed. */
function differs(before: BfdPacket, now: BfdPacket): boolean {
  return (
    before.state !== now.state ||
    before.diag !== now.diag ||
    before.myDiscriminator !== now.myDiscriminator ||
    before.detectMult !== now.detectMult ||
    before.desiredMinTxUs !== now.desiredMinTxUs ||
    before.requiredMinRxUs !== now.requiredMinRxUs ||
    before.independent !== now.independent ||
    before.demand !== now.demand
  );
}
