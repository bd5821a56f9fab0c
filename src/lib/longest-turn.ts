/** Which kind of work kept the event loop longest without a pause: the first question about a late keepalive. */

export const WORKS = [
  'input',
  'decision',
  'removal',
  'validation',
  'limits',
  'compaction',
  'command',
  'page',
  'garbage collection',
] as const;
/**
 * `input`: messages of peers are read and put into the tables; `decision`: changed prefixes are decided, advertised and
 * written; `removal`: paths of closed sessions are removed; `validation`: paths are checked again; `limits`: the users of
 * attribute sets are counted; `compaction`: gaps in the tables are closed; `command`: the control socket; `page`:
 * metrics, health and the web page.
 */
export type TurnWork = (typeof WORKS)[number];

/** The longest uninterrupted time of each kind of work since the last call of `take`. */
export class LongestTurns {
  private readonly longestMs = new Float64Array(WORKS.length);

  note(work: number, ms: number): void {
    if (ms > this.longestMs[work]!) this.longestMs[work] = ms;
  }

  /** Milliseconds by kind of work, in the order of WORKS; they start again from 0. */
  take(): Readonly<Record<TurnWork, number>> {
    const taken = Object.fromEntries(WORKS.map((work, i) => [work, this.longestMs[i]])) as Record<TurnWork, number>;
    this.longestMs.fill(0);
    return taken;
  }
}

/** All who read the longest turns, each from its own last reading on. */
const readers = new Set<LongestTurns>();

/** Starts to measure; the returned function ends it. */
export function readLongestTurns(): { readonly turns: LongestTurns; readonly stop: () => void } {
  const turns = new LongestTurns();
  readers.add(turns);
  return { turns, stop: () => readers.delete(turns) };
}

/** Notes that a kind of work went on for so long without a pause. */
export function noteTurn(work: TurnWork, ms: number): void {
  const index = WORKS.indexOf(work);
  for (const reader of readers) reader.note(index, ms);
}
