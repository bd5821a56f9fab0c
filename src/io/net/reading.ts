/**
 * Turns of reading: input of all connections is taken for some milliseconds of a turn of the event loop, then timers,
 * writes and the engine have theirs. Who has more goes on in the next turn, those first that had none of this one.
 */

/** How long a turn reads: libuv by itself goes on for up to 32 times the buffer per connection. */
const READ_MS = 4;

/** Something that has input left. */
export interface Reader {
  readOn(): void;
}

/** When the turn ends; 0: none is under way. */
let untilMs = 0;
let waiting: Reader[] = [];

/** When the turn ends; the first to ask begins it. */
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
  waiting.push(reader);
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
