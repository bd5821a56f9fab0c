/** Checks BFD settings that contradict each other or the session. */

import { bfdSettings } from '../resolve/bfd.ts';
import { type Subject, sideOf } from '../resolve/effective.ts';
import { type Check, type CheckContext, sessionSubjects, subjects } from './context.ts';

/** RFC 5881 5: the TTL over one hop is 255, and a link-local address is one hop away. Reported once, where it is written. */
export const checkBfdHops: Check = (context) => {
  const found = new Set<string>();
  for (const subject of sessionSubjects(context)) {
    const at = subject.pathOf('bfd');
    if (at === null || found.has(at.join())) continue;
    if (checkLinkLocal(subject, context) || checkMinTtl(subject, context)) found.add(at.join());
  }
};

function checkLinkLocal(subject: Subject, { report }: CheckContext): boolean {
  const words = subject.get('bfd');
  if (typeof words === 'boolean' || words.multihop !== true || !subject.onLink) return false;
  const what = 'a peer on an `interface` is one hop away';
  report.error([...subject.pathOf('bfd')!, 'multihop'], what, '`bfd` without `multihop`');
  return true;
}

function checkMinTtl(subject: Subject, { report, domain }: CheckContext): boolean {
  const words = subject.get('bfd');
  const at = subject.pathOf('bfd')!;
  if (typeof words === 'boolean' || words['min-ttl'] === undefined) return false;
  if (report.isUnsure(subject, 'as', 'multihop', 'ttl-security')) return false;
  // The value is invalid and already reported.
  if (words.multihop === undefined && report.written([...at, 'multihop'])) return false;
  if (bfdSettings(subject, sideOf(subject.get('as'), domain) === 'internal')?.multihop === true) return false;
  const what = '`min-ttl` is for several hops; over a single hop every packet has TTL 255';
  report.error([...at, 'min-ttl'], what, '`multihop: true` as well, or no `min-ttl`');
  return true;
}

/** BFD should be faster than the hold timer. */
export const checkBfdTimes: Check = ({ report, ...context }) => {
  for (const subject of subjects({ report, ...context })) {
    const settings = bfdSettings(subject, true);
    const holdTime = subject.get('hold-time');
    if (settings === null || !subject.says('bfd') || holdTime === 0 || report.isUnsure(subject, 'hold-time')) continue;
    const { intervalMs, minRxMs, multiplier } = settings;
    const detectionMs = multiplier * Math.max(intervalMs, minRxMs);
    if (detectionMs < holdTime * 1000) continue;
    const what = `the BFD detection time of ${detectionMs / 1000} seconds is not below the hold time of ${holdTime}`;
    report.warn([...subject.path, 'bfd'], what, 'a shorter `interval-ms`, or a lower `multiplier`');
  }
};
