/** Resolves the route flap damping of a peer. */
import type { DampingParameters } from '../../spec/exchange.ts';
import { DAMPING } from '../schema/damping-values.ts';
import type { Settings } from '../schema/settings.ts';

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
