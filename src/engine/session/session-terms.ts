/** What the settings of a peer and the two OPENs mean to the tables and to the codec. */
import type { Negotiated } from '../../fsm/types.ts';
import { formatAddress } from '../../lib/ip.ts';
import type { AsPathChanges } from '../../reflect/encode/group-key.ts';
import type { AsRules } from '../../rib/peers/as-rules.ts';
import type { ExchangeSpec } from '../../spec/exchange.ts';
import type { PeerSettings } from '../../spec/peer.ts';
import { PRIVATE_AS } from '../../wire/attributes/encode.ts';
import type { UpdateContext } from '../../wire/context.ts';
import { FAMILIES, type FamilyId, IPV4_UNICAST } from '../../wire/families.ts';
import type { PeerConnection } from '../connection/peer-connection.ts';

/** What the peer of a session is to the tables. */
export function roleIn({ exchange, session }: PeerSettings, { peerAs, peerRouterId }: Negotiated) {
  const ebgp = peerAs !== session.localAs;
  return {
    ebgp,
    confederation: ebgp && session.confederation === true,
    client: exchange.client && !ebgp,
    clusterId: exchange.clusterId,
    importAccepts: exchange.import === 'accept',
    as: peerAs,
    routerId: peerRouterId,
  };
}

/** What the AS_PATH of the peer's paths must be. */
export function asRulesIn({ exchange, session }: PeerSettings, peerAs: number): AsRules {
  const enforced = exchange.enforceFirstAs === true && peerAs !== session.localAs;
  const { allowOwnAs = 0, localAs = null } = exchange;
  return {
    firstAs: enforced ? peerAs : 0,
    allowOwnAs,
    localAs: localAs?.as ?? 0,
    prepends: localAs?.prepend ?? false,
  };
}

/** The number of the router, where the peer hears of it behind another one of ours. */
export function behindAs({ localAs = null }: ExchangeSpec): number | null {
  return localAs === null || localAs.replace ? null : localAs.routerAs;
}

/** What becomes of the AS numbers toward the peer; null where all stay, so that peers of any AS can share a group. */
export function asPathChanges({ exchange }: PeerSettings, peerAs: number): AsPathChanges | null {
  const { asOverride: override = false, privateAs = PRIVATE_AS.keep } = exchange;
  return override || privateAs !== PRIVATE_AS.keep ? { peerAs, override, privateAs } : null;
}

/** The side of a peer: another AS, and whether that is one of our confederation. */
interface PeerSide {
  readonly ebgp: boolean;
  readonly confederation: boolean;
}

/** Inside the AS or the confederation. */
export function isOurDomain({ ebgp, confederation }: PeerSide): boolean {
  return !ebgp || confederation;
}

/** How the bytes of the peer are read and judged. */
export function makeContext(
  negotiated: Negotiated,
  { ebgp, confederation }: PeerSide,
  aigp: boolean,
  nextHopScope: string,
): UpdateContext {
  return {
    as4: negotiated.as4,
    ebgp,
    confederation,
    aigp,
    addPath: indicator(negotiated.addPathReceive),
    families: indicator(negotiated.families),
    extendedNextHop: negotiated.extendedNextHop.includes(IPV4_UNICAST),
    nextHopScope,
  };
}

/** What a link-local next hop of the session is to be understood by: the interface, or the peer. */
export function nextHopScope({ tcp: { interfaceName, remoteAddress } }: PeerConnection): string {
  return interfaceName === null ? `@${formatAddress(remoteAddress)}` : `%${interfaceName}`;
}

function indicator(families: readonly FamilyId[]): Uint8Array {
  const bytes = new Uint8Array(FAMILIES.length);
  for (const family of families) bytes[family] = 1;
  return bytes;
}
