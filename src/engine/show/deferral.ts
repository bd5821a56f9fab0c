/** What the start still waits for (RFC 4724 4.1). */

import type { DeferralView } from '../api/daemon-views.ts';
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
  const start = `the start is not complete: ${awaited === 0 ? 'all peers have sent their routes; ' : ''}advertising to`;
  const receivers = `${start} ${held} established ${held === 1 ? 'peer' : 'peers'}`;
  if (awaited === 0) return `${receivers} starts in at most ${remainingSeconds} s`;
  const more = awaited > peers.length ? ` and ${awaited - peers.length} more` : '';
  return `${receivers} is deferred until ${sent(awaited)}, at most ${remainingSeconds} s: ${peers.join(', ')}${more}`;
}

/** The same as a state that stays correct without updates until the deferral is over: the STATUS= line of systemd. */
export function describeRunning(deferral: DeferralView | null): string {
  if (deferral === null) return 'running';
  const until = deferral.awaited === 0 ? 'routes have settled' : sent(deferral.awaited);
  return `running; advertising is deferred until ${until} (\`reflectord status\` shows the present state)`;
}

function sent(peers: number): string {
  return peers === 1 ? '1 peer has sent its routes' : `${peers} peers have sent their routes`;
}
