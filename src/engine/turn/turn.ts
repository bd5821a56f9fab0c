/**
 * When the engine works: a turn is one bounded piece of work on the tables, after the input that has arrived is read.
 *
 *   something changed ─► schedule ─► (input that has arrived is read) ─► turn ─► more work: schedule
 *                           ▲                                            └─► only few changes: gathered, until `due`
 *   a deadline ─► wake ─► (input is read) ─► timers fire
 */
import { type Clock, TimeSlice } from '../../lib/clock.ts';
import { DurationHistogram } from '../../lib/duration-histogram.ts';
import { noteTurn, type TurnWork } from '../../lib/longest-turn.ts';
import { Timer, type TimerQueue } from '../../lib/timers.ts';
import type { Reflector } from '../../reflect/reflector.ts';
import type { Revalidation } from '../../rib/revalidation.ts';
import type { Rib } from '../../rib/rib.ts';
import type { Sweeper } from '../../rib/sweeper.ts';
import type { AttributeLimits } from '../limits/attribute-limits.ts';
import type { SessionLimits } from '../limits/session-limits.ts';
import type { Loop } from '../ports/ports.ts';
import type { ClusterWatch } from '../watch/cluster-watch.ts';
import { Gathering } from './gathering.ts';

/** Maximum time of a turn before sockets are served again. */
const TURN_MS = 5;
/**
 * Maximum time without a flush while more input has arrived than was read. Input is read in short slices, so that timers
 * run between them; a flush after each slice would cost each member a small write.
 */
const MAX_READING_MS = 20;
/** Maximum part of it for the compaction of attribute sets. */
const TIDY_MS = 1;

/** The parts of a turn, which are kinds of work for `readLongestTurns`. */
const PARTS: readonly TurnWork[] = ['removal', 'validation', 'limits', 'decision', 'compaction'];
const PART = { removal: 0, validation: 1, limits: 2, decision: 3, compaction: 4 } as const;

/** What a turn works on. */
interface Work {
  readonly clock: Clock;
  readonly timers: TimerQueue;
  readonly rib: Rib;
  readonly sweeper: Sweeper;
  readonly revalidation: Revalidation;
  readonly reflector: Reflector;
  readonly attributeLimits: AttributeLimits;
  /** Sessions with limits that are checked after each turn. */
  readonly limited: ReadonlySet<SessionLimits>;
  readonly clusterWatch: ClusterWatch;
  /** Nothing is selected yet (RFC 4724 4.1). */
  readonly deferring: boolean;
  /** The tables stay as they are. */
  readonly stopping: boolean;
}

export class Turn {
  /** Durations of turns that have work to do. */
  readonly durations = new DurationHistogram();
  private readonly on: Work;
  private readonly loop: Loop;
  private readonly gathering = new Gathering();
  /** Fires when gathered changes are due. */
  private readonly due: Timer;
  private readonly tidying: TimeSlice;
  /** Time of each part of the turn. */
  private readonly parts = new Float64Array(PARTS.length);
  private partMs = 0;
  private scheduled = false;
  /** End of the last turn that did not wait. */
  private flushedMs = 0;
  /** Prefix limits have to be checked, even if there is no other work. */
  private limitsDue = false;
  private wakeAtMs = Number.POSITIVE_INFINITY;

  constructor(on: Work, loop: Loop) {
    this.on = on;
    this.loop = loop;
    this.due = new Timer(on.timers, () => this.schedule());
    this.tidying = new TimeSlice(on.clock, TIDY_MS);
  }

  /** A turn follows. */
  get isScheduled(): boolean {
    return this.scheduled;
  }

  /** Schedules a turn if there is work. */
  schedule(): void {
    if (this.scheduled || this.on.stopping || !this.hasWork) return;
    this.scheduled = true;
    this.loop.defer(this.run);
  }

  /** The next turn checks the prefix limits, even if there is no other work. */
  requestLimitCheck(): void {
    if (this.on.limited.size === 0) return;
    this.limitsDue = true;
    this.schedule();
  }

  /** The next deadline of the timers may have changed. */
  rearm(): void {
    const { nextMs } = this.on.timers;
    if (nextMs === this.wakeAtMs) return;
    this.wakeAtMs = nextMs;
    if (nextMs !== Number.POSITIVE_INFINITY) this.loop.wakeAt(nextMs, this.onWake);
  }

  private readonly run = (): void => {
    const { on } = this;
    const { rib, sweeper, revalidation, reflector, attributeLimits } = on;
    this.scheduled = false;
    if (on.stopping) return;
    const startMs = on.clock.nowMs();
    if (this.waits(startMs)) return;
    const sends = rib.dirtyCount > 0 && !on.deferring;
    const isRevalidating = sweeper.pending || revalidation.pending;
    this.parts.fill(0);
    this.partMs = startMs;
    do {
      if (sweeper.pending) sweeper.work();
      this.endPart(PART.removal);
      if (revalidation.isReady) revalidation.work();
      this.endPart(PART.validation);
      if (attributeLimits.pending) attributeLimits.work();
      this.endPart(PART.limits);
      if (!on.deferring) reflector.work();
      this.endPart(PART.decision);
      if (rib.isUntidy) rib.tidy(this.tidying);
      this.endPart(PART.compaction);
    } while (this.isMoreToDo && on.clock.nowMs() - startMs < TURN_MS);
    this.limitsDue = false;
    for (const limits of on.limited) if (!isRevalidating || limits.checkInbound()) limits.checkOutbound();
    const ended = on.clock.nowMs();
    this.flushedMs = ended;
    if (sends) this.gathering.onSent(startMs, ended);
    on.clusterWatch.look();
    this.durations.observe(ended - startMs);
    this.noteTurn(ended - startMs);
    this.schedule();
  };

  private endPart(part: number): void {
    const nowMs = this.on.clock.nowMs();
    this.parts[part]! += nowMs - this.partMs;
    this.partMs = nowMs;
  }

  /** Notes a turn as one of the part that took most of it. */
  private noteTurn(ms: number): void {
    let longest = 0;
    for (let part = 1; part < PARTS.length; part++) if (this.parts[part]! > this.parts[longest]!) longest = part;
    noteTurn(PARTS[longest]!, ms);
  }

  /** The only work is changes, and these are still gathered with further ones. */
  private waits(nowMs: number): boolean {
    const { on } = this;
    if (on.deferring || !on.reflector.hasOnlyChanges || this.limitsDue) return false;
    if (on.sweeper.pending || on.revalidation.pending) return false;
    if (this.loop.takeUnreadInput() && nowMs - this.flushedMs < MAX_READING_MS) {
      this.schedule();
      return true;
    }
    const due = this.gathering.dueAt(nowMs, on.rib.dirtyCount);
    if (due <= nowMs) return false;
    this.due.arm(due);
    this.rearm();
    return true;
  }

  private get hasWork(): boolean {
    return this.limitsDue || this.isMoreToDo;
  }

  /** There is work that the turn does piece by piece, before it checks the limits. */
  private get isMoreToDo(): boolean {
    const { reflector, sweeper, revalidation, rib, attributeLimits, deferring } = this.on;
    const isPending = (reflector.pending && !deferring) || sweeper.pending || revalidation.isReady;
    return isPending || rib.isUntidy || attributeLimits.pending;
  }

  /** Timers fire after all arrived input is read: a hold timer does not expire because this side reads late. */
  private readonly onWake = (): void => {
    this.loop.defer(this.fireTimers);
  };

  private readonly fireTimers = (): void => {
    this.wakeAtMs = Number.POSITIVE_INFINITY;
    this.on.timers.advance(this.on.clock.nowMs());
    this.rearm();
  };
}
