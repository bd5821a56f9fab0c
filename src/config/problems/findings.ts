/** What a check has found, before its place in the file is looked up. No I/O, no timers. */
import type { Path } from './problems.ts';

export interface Finding {
  readonly path: Path;
  /** Whether the key or the value is wrong; a value if absent. */
  readonly at?: 'key' | 'value';
  /** Something is not there that must be. */
  readonly absent?: boolean;
  readonly what: string;
  readonly right: string;
  readonly suggestion?: string | null;
}
