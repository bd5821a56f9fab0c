/** Finds the word that a mistyped word probably means. */

/** The candidate nearest to a mistyped word, or null if none is near. Case, `_` and `-` are ignored. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  const typed = normal(word);
  let best: string | null = null;
  let least = 1 + Math.min(3, Math.max(1, Math.floor(typed.length / 3)));
  for (const candidate of candidates) {
    const distance = editDistance(typed, normal(candidate), least);
    if (distance < least) {
      best = candidate;
      least = distance;
    }
  }
  return best;
}

function normal(word: string): string {
  return word.toLowerCase().replaceAll(/[_\s-]/g, '');
}

/**
 * Insertions, deletions, replacements and swaps of neighbors that turn `a` into `b`
 * (optimal string alignment), or `limit` if it takes at least as many.
 */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      row[j] = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + same);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j]!, before[j - 2]! + 1);
    }
    before = above;
    above = row;
  }
  return Math.min(above[b.length]!, limit);
}
