/**
 * A part of a reload that can fail. Each part is tried while the old state keeps running. If all succeed they are
 * committed; otherwise all are undone, the last one first: a reload happens as a whole, or not at all.
 */
export interface Trial {
  /** The failures, in sentences; empty: it can be committed. */
  readonly problems: readonly string[];
  /** @returns failures during the commit, in sentences */
  commit(): Promise<readonly string[]>;
  /** Restores the state before the trial. */
  undo(): Promise<void>;
}

/** Tries one part after the other, and undoes all of them if one fails. */
export async function tryAll(parts: readonly (() => Promise<Trial>)[]): Promise<Trial> {
  const tried: Trial[] = [];
  const undo = async () => {
    for (const trial of tried.reverse()) await trial.undo();
  };
  for (const part of parts) {
    const trial = await part();
    tried.push(trial);
    if (trial.problems.length === 0) continue;
    await undo();
    return { problems: trial.problems, commit: async () => [], undo: async () => {} };
  }
  const commit = async () => {
    const problems: string[] = [];
    for (const trial of tried) problems.push(...(await trial.commit()));
    return problems;
  };
  return { problems: [], commit, undo };
}
