/** The transport line of `show peer X`. */
import type { TransportView } from '../../engine/api/peer-views.ts';

/** The TCP settings of the connections with a peer, as one line. */
export function describeTransport(view: TransportView): string {
  const { password, ttl, minTtl, dscp, bindDevice, userTimeoutSeconds } = view;
  return [
    password === null ? 'no TCP MD5' : `TCP MD5 (key from ${password})`,
    `TTL ${ttl ?? 'of the system'}${minTtl === null ? '' : ` sent, minimum received ${minTtl}`}`,
    `DSCP ${dscp}`,
    ...(bindDevice === null ? [] : [`only on ${bindDevice}`]),
    ...(userTimeoutSeconds === 0 ? [] : [`TCP user timeout ${userTimeoutSeconds} s`]),
  ].join(', ');
}
