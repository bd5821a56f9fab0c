/** Settings of BFD that contradict each other, or the session that it guards. */

import { bfdSettings } from '../resolve/bfd.ts';
import { type Subject, sideOf } from '../resolve/effective.ts';
import { type Check, type CheckContext, sessionSubjects, subjects } from './context.ts';

/** RFC 5881 5: over one hop the TTL is 255; and a link-local address is one hop away. Told once where it is written. */
export const checkBfdHops: Check = (context) => {
  const told = new Set<string>();
  for (const subject of sessionSubjects(context)) {
    const at = subject.pathOf('bfd');
    if (at === null || told.has(at.join())) continue;
    if (tellLinkLocal(subject, context) || tellMinTtl(subject, context)) told.add(at.join());
  }
};

function tellLinkLocal(subject: Subject, { report }: CheckContext): boolean {
  const words = subject.get('bfd');
  if (typeof words === 'boolean' || words.multihop !== true || !subject.onLink) return false;
  const what = 'a peer on an `interface` is one hop away';
  report.error([...subject.pathOf('bfd')!, 'multihop'], what, 'no `multihop` in the `bfd` of such a peer');
  return true;
}

function tellMinTtl(subject: Subject, { report, domain }: CheckContext): boolean {
  const words = subject.get('bfd');
  const at = subject.pathOf('bfd')!;
  if (typeof words === 'boolean' || words['min-ttl'] === undefined) return false;
  if (report.isUnsure(subject, 'as', 'multihop', 'ttl-security')) return false;
  // What stands there is wrong, and was told.
  if (words.multihop === undefined && report.written([...at, 'multihop'])) return false;
  if (bfdSettings(subject, sideOf(subject.get('as'), domain) === 'internal')?.multihop === true) return false;
  const what = '`min-ttl` is for several hops: over a single one every packet has a TTL of 255';
  report.error([...at, 'min-ttl'], what, '`multihop: true` beside it, or no `min-ttl`');
  return true;
}

/** BFD is there to be faster than the hold timer. */
export const checkBfdTimes: Check = ({ report, ...context }) => {
  for (const subject of subjects({ report, ...context })) {
    const settings = bfdSettings(subject, true);
    const holdTime = subject.get('hold-time');
    if (settings === null || !subject.says('bfd') || holdTime === 0 || report.isUnsure(subject, 'hold-time')) continue;
    const { intervalMs, minRxMs, multiplier } = settings;
    const detectionMs = multiplier * Math.max(intervalMs, minRxMs);
    if (detectionMs < holdTime * 1000) continue;
    const what = `BFD finds out after ${detectionMs / 1000} seconds, the hold timer after ${holdTime}`;
    report.warn([...subject.path, 'bfd'], what, 'a shorter `interval-ms`, or a lower `multiplier`');
  }
};
