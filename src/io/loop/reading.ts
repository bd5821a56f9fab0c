/**
 * Limits the time for reading per turn of the event loop: input of all connections is read for some milliseconds, then
 * timers, writes and the engine run. The rest is read in the next turn, first from connections that were not read in
 * this one.
 */

/** Time for reading per turn: libuv alone reads up to 32 times the buffer per connection. */
const READ_MS = 4;

/** A connection with unread input. */
export interface Reader {
  readOn(): void;
}

/** End of the current turn; 0: no turn has started. */
let untilMs = 0;
let waiting: Reader[] = [];
/** Reading stopped before all input was read, since the last call of `takeUnreadInput`. */
let isUnread = false;

/** End of the current turn; the first call starts it. */
export function readingUntilMs(): number {
  if (untilMs === 0) {
    untilMs = performance.now() + READ_MS;
    setImmediate(endTurn);
  }
  return untilMs;
}

/** Whether the turn is over. */
export function isReadingOver(): boolean {
  return performance.now() >= readingUntilMs();
}

/** Calls `readOn` in the next turn. */
export function readLater(reader: Reader): void {
  readingUntilMs();
  isUnread = true;
  waiting.push(reader);
}

/** Whether reading stopped before all input was read, since the last call. */
export function takeUnreadInput(): boolean {
  const was = isUnread;
  isUnread = false;
  return was;
}

function endTurn(): void {
  untilMs = 0;
  const some = waiting;
  waiting = [];
  for (let i = 0; i < some.length; i++) {
    if (isReadingOver()) {
      waiting = [...some.slice(i), ...waiting];
      return;
    }
    some[i].readOn();
  }
}
