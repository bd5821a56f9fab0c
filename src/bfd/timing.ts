/**
 * The intervals of a BFD session: the desired ones of both sides, the current ones, and the Poll Sequences that change
 * them (RFC 5880 6.5, 6.8.2 to 6.8.4). Microseconds.
 */
import { type BfdPacket, type BfdState, STATE } from './packet.ts';
import type { BfdSpec } from './spec.ts';

/** 6.8.3: the minimum Desired Min TX Interval of a session that is not up. */
const SLOW_US = 1_000_000;

export class Timing {
  desiredMinTxUs: number;
  requiredMinRxUs: number;
  detectMult: number;
  /** bfd.RemoteMinRxInterval; 6.8.1: 1 before the first packet. */
  remoteMinRxUs = 1;
  /** A Poll Sequence is active. */
  polling = false;
  /** The values changed again during the Poll Sequence, so its end does not confirm them. */
  private pollAgain = false;
  private configuredTxUs: number;
  /** The current intervals until the peer confirms others. */
  private txInForceUs: number;
  private rxInForceUs: number;
  private remoteMinTxUs = 0;
  /** 0: nothing was received. */
  private remoteDetectMult = 0;

  constructor({ intervalMs, minRxMs, multiplier }: BfdSpec) {
    this.configuredTxUs = intervalMs * 1000;
    this.desiredMinTxUs = Math.max(SLOW_US, this.configuredTxUs);
    this.requiredMinRxUs = minRxMs * 1000;
    this.detectMult = multiplier;
    this.txInForceUs = this.desiredMinTxUs;
    this.rxInForceUs = this.requiredMinRxUs;
  }

  /** 6.8.7: the maximum between two packets, without jitter. */
  get transmitUs(): number {
    return Math.max(this.txInForceUs, this.remoteMinRxUs);
  }

  /** 6.8.4, asynchronous mode; 0: nothing was received. */
  get detectionUs(): number {
    return this.remoteDetectMult * Math.max(this.rxInForceUs, this.remoteMinTxUs);
  }

  /** 6.8.7: the part of the interval until the next packet: 75 to 100 %, or at most 90 % if Detect Mult is 1. */
  jitter(random: number): number {
    return 0.75 + random * (this.detectMult === 1 ? 0.15 : 0.25);
  }

  configure({ intervalMs, minRxMs, multiplier }: BfdSpec, state: BfdState): void {
    this.configuredTxUs = intervalMs * 1000;
    this.detectMult = multiplier;
    this.setIntervals(this.desiredTxFor(state), minRxMs * 1000, state);
  }

  /** The state changed: the interval is slow while it is not up. */
  entered(state: BfdState): void {
    this.setIntervals(this.desiredTxFor(state), this.requiredMinRxUs, state);
    if (state === STATE.up) return;
    this.settle();
    if (state === STATE.adminDown) this.polling = false;
  }

  /** The values in a received packet (6.8.6); a Final ends a Poll Sequence. */
  received(packet: BfdPacket, state: BfdState): void {
    this.remoteMinRxUs = packet.requiredMinRxUs;
    this.remoteMinTxUs = packet.desiredMinTxUs;
    this.remoteDetectMult = packet.detectMult;
    if (!packet.final || !this.polling) return;
    this.polling = this.pollAgain;
    this.pollAgain = false;
    if (!this.polling || state !== STATE.up) this.settle();
  }

  private desiredTxFor(state: BfdState): number {
    return state === STATE.up ? this.configuredTxUs : Math.max(SLOW_US, this.configuredTxUs);
  }

  /**
   * 6.8.3: while the session is up, a longer interval or a shorter detection time waits for the end of the Poll
   * Sequence.
   */
  private setIntervals(txUs: number, rxUs: number, state: BfdState): void {
    if (txUs === this.desiredMinTxUs && rxUs === this.requiredMinRxUs) return;
    this.desiredMinTxUs = txUs;
    this.requiredMinRxUs = rxUs;
    if (state !== STATE.up || txUs < this.txInForceUs) this.txInForceUs = txUs;
    if (state !== STATE.up || rxUs > this.rxInForceUs) this.rxInForceUs = rxUs;
    if (this.polling) this.pollAgain = true;
    this.polling = true;
  }

  private settle(): void {
    this.txInForceUs = this.desiredMinTxUs;
    this.rxInForceUs = this.requiredMinRxUs;
  }
}
