/**
 * The intervals of a BFD session: what both sides wish, what is in force, and the Poll Sequences that lead from one to
 * the other (RFC 5880 6.5, 6.8.2 to 6.8.4). Microseconds. No I/O, no timers.
 */
import { type BfdPacket, type BfdState, STATE } from './packet.ts';
import type { BfdSpec } from './spec.ts';

/** 6.8.3: the least Desired Min TX Interval of a session that is not up. */
const SLOW_US = 1_000_000;

export class Timing {
  desiredMinTxUs: number;
  requiredMinRxUs: number;
  detectMult: number;
  /** bfd.RemoteMinRxInterval; 6.8.1: 1 before anything was heard. */
  remoteMinRxUs = 1;
  /** A Poll Sequence is under way. */
  polling = false;
  /** The values changed once more meanwhile: its end is not an answer to that. */
  private pollAgain = false;
  private configuredTxUs: number;
  /** What counts while the peer has not agreed to another. */
  private txInForceUs: number;
  private rxInForceUs: number;
  private remoteMinTxUs = 0;
  /** 0: nothing was heard. */
  private remoteDetectMult = 0;

  constructor({ intervalMs, minRxMs, multiplier }: BfdSpec) {
    this.configuredTxUs = intervalMs * 1000;
    this.desiredMinTxUs = Math.max(SLOW_US, this.configuredTxUs);
    this.requiredMinRxUs = minRxMs * 1000;
    this.detectMult = multiplier;
    this.txInForceUs = this.desiredMinTxUs;
    this.rxInForceUs = this.requiredMinRxUs;
  }

  /** 6.8.7: between two packets at most, without jitter. */
  get transmitUs(): number {
    return Math.max(this.txInForceUs, this.remoteMinRxUs);
  }

  /** 6.8.4, asynchronous mode; 0: nothing was heard. */
  get detectionUs(): number {
    return this.remoteDetectMult * Math.max(this.rxInForceUs, this.remoteMinTxUs);
  }

  /** 6.8.7: what part of the interval passes until the next packet: 75 to 100 %, or 90 % when no packet may be lost. */
  jitter(random: number): number {
    return 0.75 + random * (this.detectMult === 1 ? 0.15 : 0.25);
  }

  configure({ intervalMs, minRxMs, multiplier }: BfdSpec, state: BfdState): void {
    this.configuredTxUs = intervalMs * 1000;
    this.detectMult = multiplier;
    this.setIntervals(this.wishedTxUs(state), minRxMs * 1000, state);
  }

  /** Another state: slow while it is not up. */
  entered(state: BfdState): void {
    this.setIntervals(this.wishedTxUs(state), this.requiredMinRxUs, state);
    if (state === STATE.up) return;
    this.settle();
    if (state === STATE.adminDown) this.polling = false;
  }

  /** What the peer says (6.8.6); a Final ends a Poll Sequence. */
  heard(packet: BfdPacket, state: BfdState): void {
    this.remoteMinRxUs = packet.requiredMinRxUs;
    this.remoteMinTxUs = packet.desiredMinTxUs;
    this.remoteDetectMult = packet.detectMult;
    if (!packet.final || !this.polling) return;
    this.polling = this.pollAgain;
    this.pollAgain = false;
    if (!this.polling || state !== STATE.up) this.settle();
  }

  private wishedTxUs(state: BfdState): number {
    return state === STATE.up ? this.configuredTxUs : Math.max(SLOW_US, this.configuredTxUs);
  }

  /** 6.8.3: a longer interval, and a shorter detection time, wait for the end of the Poll Sequence while the session is up. */
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
