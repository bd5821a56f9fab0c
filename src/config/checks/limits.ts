/** Limits of prefixes that say too little, or what has no effect. */
import type { Subject } from '../resolve/effective.ts';
import { wordsFor } from '../resolve/limits.ts';
import type { SettingName } from '../schema/settings.ts';
import { type CheckContext, subjects } from './context.ts';
import type { Report } from './report.ts';

const NAMES = ['max-prefix', 'max-prefix-out'] as const satisfies readonly SettingName[];

/** A mapping without any limit, a restart time without a restart, and families that are not spoken. */
export function checkPrefixLimits({ report, ...context }: CheckContext): void {
  for (const subject of subjects({ report, ...context })) {
    for (const name of NAMES) if (subject.says(name)) checkOne(subject, name, report);
  }
}

function checkOne(subject: Subject, name: (typeof NAMES)[number], report: Report): void {
  const words = subject.get(name)!;
  const path = [...subject.path, name];
  // Inside the mapping something may be wrong, and left out here.
  if (report.written([...path, 'limit']) !== (words.limit !== undefined)) return;
  const own = Object.keys(words.families ?? {});
  const all = [words, ...own.map((family) => wordsFor(words, family))];
  if (all.every(({ limit }) => limit === undefined)) {
    report.error(path, 'there is no `limit`', 'a `limit`, such as `limit: 1000` or `limit: none`');
    return;
  }
  if (words['restart-time'] !== undefined && all.every(({ action = 'restart' }) => action !== 'restart')) {
    report.warn([...path, 'restart-time'], 'this has no effect: nothing restarts', '`action: restart`');
  }
  checkFamilies(subject, name, report);
}

function checkFamilies(subject: Subject, name: (typeof NAMES)[number], report: Report): void {
  const words = subject.get(name)!;
  for (const family of Object.keys(words.families ?? {})) {
    const path = [...subject.path, name, 'families', family];
    if (!report.isUnsure(subject, 'families') && !(subject.get('families') as readonly string[]).includes(family)) {
      report.warn(path, `this has no effect: ${family} is not spoken`, `${family} among \`families\``);
    }
    const { action = 'restart', 'restart-time': restartTime } = wordsFor(words, family);
    const own = (words.families as Record<string, object | undefined>)[family] ?? {};
    if (restartTime !== undefined && 'restart-time' in own && action !== 'restart') {
      report.warn([...path, 'restart-time'], `this has no effect with \`action: ${action}\``, '`action: restart`');
    }
  }
}
