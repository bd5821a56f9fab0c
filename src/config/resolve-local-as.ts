/** The AS number that a peer knows this router by, where it is one of its own (RFC 7705). No I/O, no timers. */
import type { LocalAsSpec } from '../reflect/spec.ts';
import { parseAs } from './as-number.ts';
import type { Subject } from './effective.ts';

/** What is written, with its defaults; null: the peer knows the router's own number. */
export function localAsOf(subject: Subject): Omit<LocalAsSpec, 'routerAs'> | null {
  const setting = subject.get('local-as');
  if (setting === null || setting === false) return null;
  const words = typeof setting === 'object' ? setting : { as: setting };
  const { 'no-prepend': noPrepend = false, 'replace-as': replace = false } = words;
  return { as: parseAs(words.as)!, prepend: !noPrepend, replace };
}
