/**
 * Removes wrong values from a configuration, so that the rest can be checked as a whole. All problems are reported at once,
 * without those that only follow from another.
 */
import type { Path } from '../problems/problems.ts';

export interface Pruned {
  readonly value: unknown;
  /** The path in the file for a path in `value`; removed elements of lists shift the others. */
  original(path: Path): Path;
}

/** A copy of `value` without the values at `paths`. */
export function prune(value: unknown, paths: readonly Path[]): Pruned {
  const kept = new Map<string, number[]>();
  const gone = new Set(paths.map(keyOf));
  return {
    value: copyWithout(value, [], gone, kept),
    original: (path) => {
      const original: (string | number)[] = [];
      for (const step of path) {
        const indices = typeof step === 'number' ? kept.get(keyOf(original)) : undefined;
        original.push(indices === undefined ? step : (indices[step as number] ?? step));
      }
      return original;
    },
  };
}

function copyWithout(value: unknown, path: Path, gone: ReadonlySet<string>, kept: Map<string, number[]>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const stays = (step: string | number) => !gone.has(keyOf([...path, step]));
  if (Array.isArray(value)) {
    const indices = [...value.keys()].filter(stays);
    kept.set(keyOf(path), indices);
    return indices.map((at) => copyWithout(value[at], [...path, at], gone, kept));
  }
  const entries = Object.entries(value).filter(([key]) => stays(key));
  const copies = entries.map(([key, child]) => [key, copyWithout(child, [...path, key], gone, kept)] as const);
  return Object.assign(Object.create(null), Object.fromEntries(copies)) as unknown;
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}
