/** Derives the parameters for the tables and the codec from the settings of a peer and the negotiation. */
import type { Negotiated } from '../../fsm/types.ts';
import { formatAddress } from '../../lib/ip.ts';
import type { AsPathChanges } from '../../reflect/encode/group-key.ts';
import type { AsRules } from '../../rib/peers/as-rules.ts';
import type { ExchangeSpec } from '../../spec/exchange.ts';
import type { PeerSettings } from '../../spec/peer.ts';
import { PRIVATE_AS } from '../../wire/attributes/encode.ts';
import type { UpdateContext } from '../../wire/context.ts';
import { type FamilyId, MAX_FAMILIES } from '../../wire/families.ts';
import type { PeerConnection } from '../connection/peer-connection.ts';

/** The properties of the peer of a session in the tables. */
export function roleIn({ exchange, session }: PeerSettings, { peerAs, peerRouterId }: Negotiated) {
  const ebgp = peerAs !== session.localAs;
  return {
    ebgp,
    confederation: ebgp && session.confederation,
    client: exchange.client && !ebgp,
    clusterId: exchange.clusterId,
    importAccepts: exchange.import === 'accept',
    as: peerAs,
    routerId: peerRouterId,
  };
}

/** The checks on the AS_PATH of the peer's paths. */
export function asRulesIn({ exchange, session }: PeerSettings, peerAs: number): AsRules {
  const enforced = exchange.enforceFirstAs && peerAs !== session.localAs;
  const { allowOwnAs, localAs } = exchange;
  return {
    firstAs: enforced ? peerAs : 0,
    allowOwnAs,
    localAs: localAs?.as ?? 0,
    prepends: localAs?.prepend ?? false,
  };
}

/** The AS number of the router, if it follows another one of ours in the advertised AS_PATH. */
export function behindAs({ localAs }: ExchangeSpec): number | null {
  return localAs === null || localAs.replace ? null : localAs.routerAs;
}

/** The changes to AS numbers toward the peer; null: none, so that peers of any AS can share a group. */
export function asPathChanges({ exchange }: PeerSettings, peerAs: number): AsPathChanges | null {
  const { asOverride: override, privateAs } = exchange;
  return override || privateAs !== PRIVATE_AS.keep ? { peerAs, override, privateAs } : null;
}

/** Whether a peer is external, and whether it is in our confederation. */
interface PeerSide {
  readonly ebgp: boolean;
  readonly confederation: boolean;
}

/** How UPDATEs of the peer are decoded and validated. */
export function makeContext(
  negotiated: Negotiated,
  { ebgp, confederation }: PeerSide,
  { aigp, prefixSid }: ExchangeSpec,
  nextHopScope: string,
): UpdateContext {
  return {
    as4: negotiated.as4,
    ebgp,
    confederation,
    aigp,
    prefixSid,
    addPath: indicator(negotiated.addPathReceive),
    families: indicator(negotiated.families),
    extendedNextHop: negotiated.extendedNextHop.length > 0,
    nextHopScope,
  };
}

/** The scope of a link-local next hop of the session: the interface, or the peer. */
export function nextHopScope({ tcp: { interfaceName, remoteAddress } }: PeerConnection): string {
  return interfaceName === null ? `@${formatAddress(remoteAddress)}` : `%${interfaceName}`;
}

function indicator(families: readonly FamilyId[]): Uint8Array {
  const bytes = new Uint8Array(MAX_FAMILIES);
  for (const family of families) bytes[family] = 1;
  return bytes;
}
