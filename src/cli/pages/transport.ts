/** What `show peer X` says of the connections with a peer. */
import type { TransportView } from '../../engine/api/views.ts';

/** What packets of the connection are like. */
export function describeTransport(view: TransportView): string {
  const { password, ttl, minTtl, dscp, bindDevice, userTimeoutSeconds } = view;
  return [
    password === null ? 'not signed' : `signed with TCP MD5 (key from ${password})`,
    `TTL ${ttl ?? 'of the system'}${minTtl === null ? '' : ` sent, ${minTtl} or more wanted`}`,
    `DSCP ${dscp}`,
    ...(bindDevice === null ? [] : [`by ${bindDevice} only`]),
    ...(userTimeoutSeconds === 0 ? [] : [`given up after ${userTimeoutSeconds} s unacknowledged`]),
  ].join(', ');
}
