/** The reflector of a topology: its specification, which the model does not read. */
import type { PrefixLimits } from '../../src/spec/limits.ts';
import { address, peerSpec, range, router } from '../engine/world.ts';
import { STALE_MS } from '../reflect/holdings.ts';
import { HOLD_DOWN_MS, OTHER_CLUSTER, type Reflector, type Settings, type Speaker } from './topology.ts';

/** No keepalives: time may pass in which no speaker sends anything, and one that reads slowly may do so forever. */
const patient = {
  passive: true,
  holdMs: 0,
  sendHoldMs: 0,
  enhancedRefresh: true,
  extendedMessages: true,
  gracefulRestart: { full: true, restartMs: 120_000, staleMs: STALE_MS },
  longLived: { timeMs: 86_400_000, maxMs: 86_400_000 },
};

export function exchangeOf(settings: Settings, { isExternal }: Speaker) {
  const { client, clusterId, clientToClient, importAccepts, exportAccepts, nextHop, select, limit } = settings;
  return {
    client: client && !isExternal,
    clusterId,
    clientToClient,
    import: importAccepts ? ('accept' as const) : ('reject' as const),
    export: exportAccepts ? ('accept' as const) : ('reject' as const),
    nextHop:
      nextHop === null || nextHop === 'self'
        ? ({ kind: nextHop ?? 'unchanged' } as const)
        : ({ kind: 'address', address: address(nextHop) } as const),
    select:
      select === 'paths'
        ? ({ kind: 'paths', limit } as const)
        : select === 'rank-2'
          ? ({ kind: 'rank-2' } as const)
          : ({ kind: 'best', external: select === 'external' } as const),
  };
}

function limitsOf({ maxPaths }: Speaker): PrefixLimits | null {
  if (maxPaths === null) return null;
  const row = {
    limit: maxPaths,
    warnAt: maxPaths,
    action: 'restart',
    restartMs: HOLD_DOWN_MS,
    of: 'received',
  } as const;
  return { inbound: [row, row], outbound: [null, null] };
}

export function routerOf(us: Reflector, speakers: readonly Speaker[], settings: readonly Settings[]) {
  const peers = speakers.map((speaker, at) => {
    const mine = settings[at] as Settings;
    const remoteAs = { kind: speaker.isExternal ? 'external' : 'internal' } as const;
    const addPath = { receive: true, send: mine.select === 'paths' };
    const alone = speaker.isReflector ? { gracefulRestart: null, longLived: null } : {};
    const session = { ...patient, ...alone, routerId: us.routerId, remoteAs, addPath };
    const limits = limitsOf(speaker);
    return peerSpec(speaker.address, {
      ...(limits === null ? {} : { limits }),
      session,
      exchange: exchangeOf(mine, speaker),
    });
  });
  // Without a peer, but its cluster id is ours, whatever a reload makes of those of the peers.
  const elsewhere = range({ prefix: '10.250.0.0/16', exchange: { clusterId: OTHER_CLUSTER } });
  return router({ routerId: us.routerId, clusterId: us.clusterId, peers, ranges: [elsewhere] });
}
