/**
 * The rules for ONLY_TO_CUSTOMER on the paths of a peer (RFC 9234 5, ingress), by our role on the session.
 *
 *   our role          the peer is       with OTC                          without
 *   provider, rs      customer, client  a leak                            unchanged
 *   peer              peer              a leak, unless of the peer's AS   gets the peer's AS
 *   customer, client  provider, rs      unchanged                         gets the peer's AS
 */
import { ROLE } from '../../wire/open/capability-values.ts';

export interface OtcRule {
  /** When a path with ONLY_TO_CUSTOMER is a leak: always, when it names another AS than the peer's, or never. */
  readonly leak: 'always' | 'other' | 'never';
  /** The peer's AS number, which is added to a path without ONLY_TO_CUSTOMER; 0: nothing is added. */
  readonly mark: number;
  readonly peerAs: number;
}

/** @param role our role, a value of ROLE */
export function otcRule(role: number, peerAs: number): OtcRule {
  if (role === ROLE.provider || role === ROLE.routeServer) return { leak: 'always', mark: 0, peerAs };
  return { leak: role === ROLE.peer ? 'other' : 'never', mark: peerAs, peerAs };
}

export function sameOtcRule(a: OtcRule | null, b: OtcRule | null): boolean {
  if (a === null || b === null) return a === b;
  return a.leak === b.leak && a.mark === b.mark && a.peerAs === b.peerAs;
}

/** Whether a path with this ONLY_TO_CUSTOMER is a route leak. */
export function isLeak({ leak, peerAs }: OtcRule, onlyToCustomer: number): boolean {
  return leak === 'always' || (leak === 'other' && onlyToCustomer !== peerAs);
}
