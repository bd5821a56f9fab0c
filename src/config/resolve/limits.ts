/** Resolves the prefix limits of a peer, family by family. */
import type { PrefixLimit, PrefixLimits } from '../../spec/limits.ts';
import { FAMILIES } from '../../wire/families.ts';
import type { Settings } from '../settings/settings.ts';
import { LIMIT_RESTART_TIME, WARN_PERCENT } from '../values/limits.ts';
import type { Subject } from './effective.ts';

type InWords = NonNullable<Settings['max-prefix']>;
/** Of one family, or of all. */
type Words = Omit<InWords, 'families'>;

/** The limits of a peer; null if it has none. */
export function limitsSpec(subject: Subject): PrefixLimits | null {
  const inbound = limitsOf(subject.get('max-prefix'));
  const outbound = limitsOf(subject.get('max-prefix-out'));
  const any = [...inbound, ...outbound].some((limit) => limit !== null);
  return any ? { inbound, outbound } : null;
}

function limitsOf(words: InWords | Settings['max-prefix-out'] | null): (PrefixLimit | null)[] {
  return FAMILIES.map(({ name }) => (words ? limitOf(wordsFor(words, name)) : null));
}

/** The values of a family: its own override those for all families. */
export function wordsFor({ families = {}, ...all }: InWords, family: string): Words {
  return { ...all, ...(families as Readonly<Record<string, Words | undefined>>)[family] };
}

function limitOf(words: Words): PrefixLimit | null {
  const { limit = 'none', action = 'restart', of = 'received' } = words;
  if (limit === 'none') return null;
  const { 'warn-percent': percent = WARN_PERCENT, 'restart-time': restartTime = LIMIT_RESTART_TIME } = words;
  return { limit, warnAt: Math.ceil((limit * percent) / 100), action, restartMs: restartTime * 1000, of };
}
