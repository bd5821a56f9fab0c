/** The result of a reload, in lines: for the command line and for the log. */
import type { PeerChangeView, PeerLabel, ReloadView } from '../api/daemon-views.ts';

/** Maximum number of names in a line; the others are counted. */
export const MAX_NAMED = 20;

type Described = Pick<ReloadView, 'peers' | 'settings' | 'restart' | 'failed'>;

/** One line per kind of change, `removed: 192.0.2.1 (leaf 1)`; one line if nothing changed. */
export function describeReload({ peers, settings, restart, failed }: Described): string[] {
  const lines = [
    ...named('added', peers.added),
    ...named('removed', peers.removed),
    ...(['reset', 'soft', 'live'] as const).flatMap((effect) => changes(effect, peers.changed)),
    ...(settings.length === 0 ? [] : [`in force: ${settings.join(', ')}`]),
    ...(restart.length === 0 ? [] : [`waits for a restart: ${restart.join(', ')}`]),
    ...failed.slice(0, MAX_NAMED).map((problem) => `failed: ${problem}`),
    ...(failed.length > MAX_NAMED ? [`failed: and ${failed.length - MAX_NAMED} more`] : []),
  ];
  return lines.length === 0 ? ['nothing changed'] : lines;
}

/** Peers with the same effect from the same keys share a line: a changed group may have a thousand peers. */
function changes(effect: PeerChangeView['effect'], all: readonly PeerChangeView[]): string[] {
  const byKeys = new Map<string, PeerChangeView[]>();
  for (const change of all) {
    if (change.effect !== effect) continue;
    const keys = change.keys.join(', ');
    byKeys.set(keys, [...(byKeys.get(keys) ?? []), change]);
  }
  return [...byKeys].flatMap(([keys, some]) => named(`${WORDS[effect]} (${keys})`, some));
}

const WORDS = { reset: 'reset', soft: 'changed without a reset', live: 'changed' } as const;

function named(what: string, peers: readonly PeerLabel[]): string[] {
  if (peers.length === 0) return [];
  const names = peers.slice(0, MAX_NAMED).map(({ peer, description }) => {
    return description === '' ? peer : `${peer} (${description})`;
  });
  const more = peers.length - names.length;
  return [`${what}: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`];
}
