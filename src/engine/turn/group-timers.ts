/** The timers of update groups: how long joining members share a snapshot, and when lost paths are replaced. */
import type { Clock } from '../../lib/clock.ts';
import { Timer, type TimerQueue } from '../../lib/timers.ts';
import type { GroupAlarms } from '../../reflect/encode/snapshot.ts';
import type { Reflector } from '../../reflect/reflector.ts';
import type { Turn } from './turn.ts';

/** Members that join within this time share a snapshot. */
const SHARE_MS = 1000;
/** A path that has become unusable is replaced in the advertisements after one to two times this delay. */
const LOST_WAY_MS = 200;

export class GroupTimers implements GroupAlarms {
  private readonly sharing: Timer;
  private readonly lostWays: Timer;
  private readonly clock: Clock;
  private readonly reflector: Reflector;
  private readonly turn: Turn;

  constructor(clock: Clock, timers: TimerQueue, reflector: Reflector, turn: Turn) {
    this.clock = clock;
    this.reflector = reflector;
    this.turn = turn;
    this.sharing = new Timer(timers, () => reflector.endSharing());
    this.lostWays = new Timer(timers, () => this.ageLostWays(false));
    reflector.timers = this;
  }

  /**
   * For a while, others share the snapshot. Not longer: it is a copy of what is advertised, in memory, and a member that
   * reads it later is first sent what has changed since.
   */
  onSnapshot(): void {
    if (!this.sharing.armed) this.sharing.arm(this.clock.nowMs() + SHARE_MS);
    this.turn.rearm();
  }

  /**
   * Paths that lost their way are replaced.
   * @param all also those that lost it since the last call
   */
  ageLostWays(all: boolean): void {
    if (this.reflector.ageLostWays(all)) this.onWayLost();
    this.turn.schedule();
  }

  onWayLost(): void {
    if (this.lostWays.armed) return;
    this.lostWays.arm(this.clock.nowMs() + LOST_WAY_MS);
    this.turn.rearm();
  }
}
