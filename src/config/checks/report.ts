/** Collects the findings of the checks across keys. */

import type { Finding } from '../problems/findings.ts';
import type { Path } from '../problems/problems.ts';
import type { Subject } from '../resolve/effective.ts';
import type { SettingName } from '../settings/settings.ts';

/** Maps the paths of a draft to the file. */
interface Origin {
  /** The path in the file. */
  original(path: Path): Path;
  /** Whether the file has a value there, valid or not. */
  written(path: Path): boolean;
  lineOf(path: Path): number;
}

type More = Pick<Finding, 'at' | 'suggestion'>;

export class Report {
  readonly errors: Finding[] = [];
  readonly warnings: Finding[] = [];
  private readonly origin: Origin;

  constructor(origin: Origin) {
    this.origin = origin;
  }

  error(path: Path, what: string, expected: string, more: More = {}): void {
    this.errors.push({ path: this.origin.original(path), what, expected, ...more });
  }

  warn(path: Path, what: string, expected: string, more: More = {}): void {
    this.warnings.push({ path: this.origin.original(path), what, expected, ...more });
  }

  /** Whether the file has a value there, valid or not. */
  written(path: Path): boolean {
    return this.origin.written(this.origin.original(path));
  }

  lineOf(path: Path): number {
    return this.origin.lineOf(this.origin.original(path));
  }

  /** Whether the place that decides one of the settings has an invalid value, so that nothing can be concluded. */
  isUnsure(subject: Subject, ...names: SettingName[]): boolean {
    return names.some((name) => {
      const deciding = subject.places.findIndex(({ settings }) => settings[name] !== undefined);
      const asked = deciding < 0 ? subject.places : subject.places.slice(0, deciding);
      return asked.some(({ path }) => this.written([...path, name]));
    });
  }
}
