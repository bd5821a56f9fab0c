/** Long tasks, each in a turn of its own, so that a thousand members that move at once do not block the others. */
export class Tasks {
  private readonly waiting: (() => void)[] = [];
  private isHeld = false;

  add(task: () => void): void {
    this.waiting.push(task);
  }

  /** Runs before the other tasks. */
  addFirst(task: () => void): void {
    this.waiting.unshift(task);
  }

  /** All tasks wait until this ends: the settings of many peers change in several turns, and all must be known. */
  hold(on: boolean): void {
    this.isHeld = on;
  }

  get pending(): boolean {
    return this.waiting.length > 0 && !this.isHeld;
  }

  runOne(): void {
    if (!this.isHeld) this.waiting.shift()?.();
  }
}

/** What must happen a while after something happened in a group. */
export interface GroupAlarms {
  /** A path lost the way that it was advertised by: `ageLostWays` must be called. */
  onWayLost(): void;
  /** A snapshot began, which members share: `endSharing` must be called. */
  onSnapshot(): void;
}
