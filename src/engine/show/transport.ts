/** The transport options of a peer, for `show peer X`. */

import type { TransportView } from '../api/peer-views.ts';
import type { Peer } from '../peer/peer.ts';

export function viewTransport({ spec, transportProblem }: Peer): TransportView {
  const { password, userTimeoutMs, ...rest } = spec.transport;
  return {
    ...rest,
    password: password?.source ?? null,
    userTimeoutSeconds: userTimeoutMs / 1000,
    problem: transportProblem,
  };
}
