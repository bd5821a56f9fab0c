/** Specs and OPENs that the tests of the state machine start from. */
import { makeOpen } from '../../src/fsm/offer.ts';
import type { OurSession } from '../../src/fsm/types.ts';
import { IPV4_UNICAST } from '../../src/wire/families.ts';
import type { OpenMessage } from '../../src/wire/open/open.ts';
import { OUR_ID, PEER, type SessionOver, sessionWith } from '../lab/spec.ts';

export const LOCAL_ID = OUR_ID;
export const PEER_ID = 0x0a630101;

const SESSION = {
  ...PEER.session,
  families: [IPV4_UNICAST],
  idleHoldMs: 5_000,
  idleHoldMaxMs: 120_000,
};

/** An iBGP session in AS 65000; its peer has the higher router id, so connections from the peer are preferred. */
export function sessionSpec({ restarted = false, ...changes }: SessionOver & { restarted?: boolean } = {}): OurSession {
  return { ...sessionWith(SESSION, changes), restarted, forwarding: true };
}

/** The session as the peer sees it. */
export function peerSpec(changes: SessionOver & { restarted?: boolean } = {}): OurSession {
  return sessionSpec({ routerId: PEER_ID, ...changes });
}

export function peerOpen(changes: SessionOver & { restarted?: boolean } = {}): OpenMessage {
  return makeOpen(peerSpec(changes));
}
