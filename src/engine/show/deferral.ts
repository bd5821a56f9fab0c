/** What the start still waits for (RFC 4724 4.1). */

import type { DeferralView } from '../api/views.ts';
import type { Engine } from '../engine.ts';

/** Maximum number of named peers. */
const NAMED = 10;

/** null: the deferral is over. */
export function viewDeferral({ deferral, peers }: Engine): DeferralView | null {
  if (deferral === null) return null;
  let held = 0;
  for (const { session } of peers.values()) if (session?.isHeldBack) held++;
  if (!deferral.listed && held === 0) return null;
  const { missing, remainingMs } = deferral;
  return {
    awaited: missing.length,
    peers: missing.slice(0, NAMED).map(({ name }) => name),
    held,
    remainingSeconds: Math.ceil(remainingMs / 1000),
  };
}

/** The same as a sentence for the operator. */
export function describeDeferral({ awaited, peers, held, remainingSeconds }: DeferralView): string {
  const more = awaited > peers.length ? ` and ${awaited - peers.length} more` : '';
  const names = peers.length === 0 ? '' : `: ${peers.join(', ')}${more}`;
  return `the start is not complete: advertising to ${held} established peers is deferred until ${awaited} peers have sent their routes, at most ${remainingSeconds} s${names}`;
}
