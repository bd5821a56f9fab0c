/** Long work beside BGP: for some milliseconds at a time, with a turn of the event loop in between. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { noteTurn, type TurnWork } from '../../lib/longest-turn.ts';

/** Maximum time of a slice. */
const SLICE_MS = 3;

export class Pace {
  private readonly work: TurnWork | null;
  private startMs = performance.now();
  /** Since when it has worked without a pause. */
  private workMs = this.startMs;

  /**
   * Starts the first slice.
   * @param work the kind of work for `readLongestTurns`; null: slices may include waits, and are not noted
   */
  constructor(work: TurnWork | null) {
    this.work = work;
  }

  /** Whether it is time to rest. */
  get isOver(): boolean {
    return performance.now() - this.startMs >= SLICE_MS;
  }

  /** Ends the slice; the next one starts after the other work of this turn. */
  async rest(): Promise<void> {
    this.end();
    await nextTurn();
    this.begin();
  }

  async restIfOver(): Promise<void> {
    if (this.isOver) await this.rest();
  }

  /** Notes the work before a wait, or at its end. */
  end(): void {
    if (this.work !== null) noteTurn(this.work, performance.now() - this.workMs);
  }

  /** Starts a slice after a wait. */
  begin(): void {
    this.startMs = performance.now();
    this.workMs = this.startMs;
  }

  /** Goes on after others may have worked or waited; the slice ends when it would have ended. */
  resume(): void {
    this.workMs = performance.now();
  }
}
