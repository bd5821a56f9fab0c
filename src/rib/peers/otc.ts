/**
 * What ONLY_TO_CUSTOMER means for the paths of a peer (RFC 9234 5, ingress), by our role on the session.
 *
 *   our role          the peer is   with OTC                          without
 *   provider, rs      below us      a leak                            stays
 *   peer              beside us     a leak, unless of the peer's AS   gets the peer's AS
 *   customer, client  above us      stays                             gets the peer's AS
 */
import { ROLE } from '../../wire/open/capability-values.ts';

export interface OtcRule {
  /** A path that has it is a leak: always, when it names another AS than the peer's, or never. */
  readonly leak: 'always' | 'other' | 'never';
  /** The peer's AS number, which a path without it gets; 0: it gets none. */
  readonly mark: number;
  readonly peerAs: number;
}

/** @param role ours, a value of ROLE */
export function otcRule(role: number, peerAs: number): OtcRule {
  if (role === ROLE.provider || role === ROLE.routeServer) return { leak: 'always', mark: 0, peerAs };
  return { leak: role === ROLE.peer ? 'other' : 'never', mark: peerAs, peerAs };
}

/** Whether a path with this ONLY_TO_CUSTOMER has come where it should not be. */
export function isLeak({ leak, peerAs }: OtcRule, onlyToCustomer: number): boolean {
  return leak === 'always' || (leak === 'other' && onlyToCustomer !== peerAs);
}
