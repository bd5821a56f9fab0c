/** Which paths of a peer are kept when its session ends, by the cause of the end. */
import type { DownReason, Negotiated } from '../../fsm/types.ts';
import type { FamilyId } from '../../wire/families.ts';
import { isHardReset } from '../../wire/notification.ts';

/**
 * The families whose paths are kept after a session ended for this reason: none if graceful restart was not negotiated,
 * if the operator closed it, after a NOTIFICATION without the N bit or with a hard reset (RFC 8538 3, 4), or if BFD
 * detected a failure of the path.
 * @param gracefulBfd a BFD failure may mean that the peer only restarts, if its BFD shares fate with its control plane
 */
export function keptFamilies(negotiated: Negotiated, reason: DownReason, gracefulBfd: boolean): readonly FamilyId[] {
  const { gracefulRestart, longLived } = negotiated;
  if (!gracefulRestart) return [];
  const families = [...new Set([...gracefulRestart.families, ...longLived.map(({ family }) => family)])];
  switch (reason.kind) {
    case 'closedByPeer':
    case 'collision':
    case 'restarted':
      return families;
    case 'notificationSent':
    case 'notificationReceived': {
      const graceful = gracefulRestart.notification && !isHardReset(reason.notification);
      return graceful ? families : [];
    }
    // RFC 5882 4.3.2.2: BFD that shares fate with the control plane of the peer also fails when only that restarts.
    case 'bfdDown':
      return gracefulBfd && !reason.loss.independent ? families : [];
    case 'stopped':
      return [];
  }
}
