/** Resolves the route flap damping of a peer. */
import type { DampingParameters } from '../../spec/exchange.ts';
import type { Settings } from '../settings/settings.ts';
import { DAMPING } from '../values/damping.ts';

/** The parameters of damping, or null without it. */
export function dampingSpec(words: Settings['damping'] | null): DampingParameters | null {
  if (!words || words.mode === 'off') return null;
  return {
    halfLifeSeconds: words['half-life'] ?? DAMPING.halfLife,
    suppress: words.suppress ?? DAMPING.suppress,
    reuse: words.reuse ?? DAMPING.reuse,
    maxSuppressSeconds: words['max-suppress-time'] ?? DAMPING.maxSuppressTime,
  };
}
