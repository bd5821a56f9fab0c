/** Specs and OPENs that the tests of the state machine start from. */
import { makeOpen } from '../../src/fsm/offer.ts';
import type { SessionSpec } from '../../src/spec/session.ts';
import { IPV4_UNICAST } from '../../src/wire/families.ts';
import type { OpenMessage } from '../../src/wire/open/open.ts';

export const LOCAL_ID = 0x0a630001;
export const PEER_ID = 0x0a630101;

/** An iBGP session in AS 65000; its peer has the higher router id, so connections from the peer are preferred. */
export function sessionSpec(changes: Partial<SessionSpec> = {}): SessionSpec {
  return {
    localAs: 65000,
    routerId: LOCAL_ID,
    remoteAs: { kind: 'list', list: [65000] },
    passive: false,
    families: [IPV4_UNICAST],
    addPath: { receive: false, send: false },
    holdMs: 90_000,
    keepaliveMs: null,
    connectRetryMs: 5_000,
    delayOpenMs: 0,
    idleHoldMs: 5_000,
    idleHoldMaxMs: 120_000,
    ...changes,
  };
}

/** The session as the peer sees it. */
export function peerSpec(changes: Partial<SessionSpec> = {}): SessionSpec {
  return sessionSpec({ routerId: PEER_ID, ...changes });
}

export function peerOpen(changes: Partial<SessionSpec> = {}): OpenMessage {
  return makeOpen(peerSpec(changes));
}
