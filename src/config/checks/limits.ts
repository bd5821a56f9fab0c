/** Checks prefix limits: incomplete ones, and values without effect. */
import type { Subject } from '../resolve/effective.ts';
import { wordsFor } from '../resolve/limits.ts';
import type { SettingName } from '../settings/settings.ts';
import { type CheckContext, subjects } from './context.ts';
import type { Report } from './report.ts';

const NAMES = ['max-prefix', 'max-prefix-out'] as const satisfies readonly SettingName[];

/** A mapping without a limit, a restart time without a restart, and families that are not configured. */
export function checkPrefixLimits({ report, ...context }: CheckContext): void {
  for (const subject of subjects({ report, ...context })) {
    for (const name of NAMES) if (subject.says(name)) checkOne(subject, name, report);
  }
}

function checkOne(subject: Subject, name: (typeof NAMES)[number], report: Report): void {
  const words = subject.get(name)!;
  const path = [...subject.path, name];
  // An invalid value in the mapping is missing here.
  if (report.written([...path, 'limit']) !== (words.limit !== undefined)) return;
  const own = Object.keys(words.families ?? {});
  const all = [words, ...own.map((family) => wordsFor(words, family))];
  if (all.every(({ limit }) => limit === undefined)) {
    report.error(path, '`limit` is missing', '`limit: 1000`, or `limit: none`');
    return;
  }
  if (words['restart-time'] !== undefined && all.every(({ action = 'restart' }) => action !== 'restart')) {
    report.warn([...path, 'restart-time'], 'no effect: no action is `restart`', '`action: restart`');
  }
  checkFamilies(subject, name, report);
}

function checkFamilies(subject: Subject, name: (typeof NAMES)[number], report: Report): void {
  const words = subject.get(name)!;
  for (const family of Object.keys(words.families ?? {})) {
    const path = [...subject.path, name, 'families', family];
    if (!report.isUnsure(subject, 'families') && !subject.familyNames.includes(family)) {
      report.warn(path, `no effect: the peer has no ${family}`, `${family} in \`families\``);
    }
    const { action = 'restart', 'restart-time': restartTime } = wordsFor(words, family);
    const own = (words.families as Record<string, object | undefined>)[family] ?? {};
    if (restartTime !== undefined && 'restart-time' in own && action !== 'restart') {
      report.warn([...path, 'restart-time'], `no effect with \`action: ${action}\``, '`action: restart`');
    }
  }
}
