/** Resolves the AS numbers of this router toward a peer, `local-as` included (RFC 7705). */

import { parseAs } from '../../lib/as-number.ts';
import type { ExchangeSpec, LocalAsSpec } from '../../spec/exchange.ts';
import type { SessionSpec } from '../../spec/session.ts';
import type { Domain } from '../schema/confederation.ts';
import type { Side, Subject } from './effective.ts';

/** A domain whose AS number is known. */
type Known = Domain & { readonly as: number };

/** `local-as` with its defaults; null: the peer sees the same number as all eBGP peers. */
export function localAsOf(subject: Subject): Omit<LocalAsSpec, 'routerAs'> | null {
  const setting = subject.get('local-as');
  if (setting === null || setting === false) return null;
  const words = typeof setting === 'object' ? setting : { as: setting };
  const { 'no-prepend': noPrepend = false, 'replace-as': replace = false } = words;
  return { as: parseAs(words.as)!, prepend: !noPrepend, replace };
}

/** Our AS number toward the peer, and our other numbers, which the peer must not have. */
export function ourNumbers(
  subject: Subject,
  side: Side,
  domain: Known,
): Pick<SessionSpec, 'localAs' | 'alsoOurs' | 'confederation'> {
  if (side === 'internal') return { localAs: domain.as, alsoOurs: [], confederation: false };
  if (side === 'confederation') return { localAs: domain.as, alsoOurs: [], confederation: true };
  const known = outsideAs(domain);
  const localAs = localAsOf(subject)?.as ?? known;
  const others = [known, ...(domain.confederation?.members ?? [])].filter((as) => as !== localAs);
  return { localAs, alsoOurs: others, confederation: false };
}

/** How `local-as` changes AS_PATH; null without `local-as`. */
export function localAsSpec(subject: Subject, side: Side, domain: Known): ExchangeSpec['localAs'] {
  const own = side === 'external' ? localAsOf(subject) : null;
  return own === null ? null : { ...own, routerAs: outsideAs(domain) };
}

/** RFC 5065 4: eBGP peers see the identifier of a confederation. */
function outsideAs({ as, confederation }: Known): number {
  return confederation?.identifier ?? as;
}
