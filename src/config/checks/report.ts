/** Where the checks that look across keys tell what they found. No I/O, no timers. */

import type { Finding } from '../problems/findings.ts';
import type { Path } from '../problems/problems.ts';
import type { Subject } from '../resolve/effective.ts';
import type { SettingName } from '../schema/settings.ts';

/** How the paths of a draft are found in the file. */
export interface Origin {
  /** The path in the file. */
  original(path: Path): Path;
  /** Whether the file has something there, right or wrong. */
  written(path: Path): boolean;
  lineOf(path: Path): number;
}

export type More = Pick<Finding, 'at' | 'suggestion'>;

export class Report {
  readonly errors: Finding[] = [];
  readonly warnings: Finding[] = [];
  private readonly origin: Origin;

  constructor(origin: Origin) {
    this.origin = origin;
  }

  error(path: Path, what: string, right: string, more: More = {}): void {
    this.errors.push({ path: this.origin.original(path), what, right, ...more });
  }

  warn(path: Path, what: string, right: string, more: More = {}): void {
    this.warnings.push({ path: this.origin.original(path), what, right, ...more });
  }

  /** Whether the file has something there, right or wrong. */
  written(path: Path): boolean {
    return this.origin.written(this.origin.original(path));
  }

  lineOf(path: Path): number {
    return this.origin.lineOf(this.origin.original(path));
  }

  /** Whether one of the settings is written where it counts, but wrong: nothing can be concluded from it. */
  isUnsure(subject: Subject, ...names: SettingName[]): boolean {
    return names.some((name) => {
      const deciding = subject.places.findIndex(({ settings }) => settings[name] !== undefined);
      const asked = deciding < 0 ? subject.places : subject.places.slice(0, deciding);
      return asked.some(({ path }) => this.written([...path, name]));
    });
  }
}
