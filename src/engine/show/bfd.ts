/** BFD with peers: for `show peer X`, and as the table of `show bfd`. */
import { describeDiag } from '../../bfd/packet.ts';
import type { BfdStatus, RemoteStatus } from '../../bfd/spec.ts';
import { formatAddress } from '../../lib/ip.ts';
import type { BfdRemoteView, BfdSessionView, BfdView } from '../api/bfd-views.ts';
import type { Engine } from '../engine.ts';
import type { Peer } from '../peer/peer.ts';

/** The BFD sessions of all peers that have BFD. */
export function* viewBfdSessions(engine: Engine): Generator<BfdSessionView> {
  const nowMs = engine.clock.nowMs();
  for (const peer of engine.peers.values()) {
    const bfd = viewBfd(peer, nowMs);
    if (bfd !== null) yield { peer: peer.name, description: peer.spec.description, session: peer.stateName, ...bfd };
  }
}

/** BFD with a peer; null: not configured. */
export function viewBfd({ bfd, spec }: Peer, nowMs: number): BfdView | null {
  const { bfd: settings } = spec;
  if (settings === null) return null;
  const { intervalMs, minRxMs, multiplier } = settings;
  const { session, status, problem, flaps, lastLoss, packets } = bfd;
  return {
    ...viewStatus(status),
    sinceSeconds: session === null ? null : seconds(nowMs - bfd.sinceMs),
    multihop: session?.spec.multihop ?? settings.multihop,
    minTtl: session?.spec.minTtl ?? null,
    localAddress: session === null ? null : formatAddress(session.endpoints.local),
    intervalMs,
    minRxMs,
    multiplier,
    flaps,
    lastLoss: lastLoss?.reason ?? null,
    lastLossSecondsAgo: lastLoss === null ? null : seconds(nowMs - lastLoss.atMs),
    packetsSent: packets.sent,
    packetsReceived: packets.received,
    problem,
  };
}

type StatusPart = Pick<BfdView, 'state' | 'diag' | 'discriminator' | 'transmitMs' | 'detectionMs' | 'remote'>;

function viewStatus(status: BfdStatus | null): StatusPart {
  if (status === null) {
    return { state: 'none', diag: null, discriminator: null, transmitMs: null, detectionMs: null, remote: null };
  }
  const { state, diag, discriminator, transmitUs, detectionUs, remote } = status;
  return {
    state,
    diag: describeDiag(diag),
    discriminator,
    transmitMs: transmitUs / 1000,
    detectionMs: detectionUs === 0 ? null : detectionUs / 1000,
    remote: remote === null ? null : viewRemote(remote),
  };
}

function viewRemote(remote: RemoteStatus): BfdRemoteView {
  const { state, diag, discriminator, desiredMinTxUs, requiredMinRxUs, detectMult, independent, demand } = remote;
  return {
    state,
    diag: describeDiag(diag),
    discriminator,
    intervalMs: desiredMinTxUs / 1000,
    minRxMs: requiredMinRxUs / 1000,
    multiplier: detectMult,
    independent,
    demand,
  };
}

function seconds(ms: number): number {
  return Math.round(ms / 1000);
}
