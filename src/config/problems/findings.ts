/** A problem found by a check, before its place in the file is looked up. */
import type { Path } from './problems.ts';

export interface Finding {
  readonly path: Path;
  /** Whether the key or the value is wrong; the default is the value. */
  readonly at?: 'key' | 'value';
  /** A required key is missing. */
  readonly absent?: boolean;
  readonly what: string;
  readonly expected: string;
  readonly suggestion?: string | null;
}
