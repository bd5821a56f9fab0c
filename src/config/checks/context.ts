/** The input of a check: the valid parts of a configuration, with its peers and groups and what they inherit. */

import { parseAs } from '../../lib/as-number.ts';
import { formatAddress, parseAddress } from '../../lib/ip.ts';
import { endName } from '../../spec/peer-name.ts';
import type { PolicyFile } from '../policy/policies.ts';
import type { ReadSecret } from '../problems/secrets.ts';
import { groupSubject, peerSubject, type Subject } from '../resolve/effective.ts';
import { type Domain, domainOf } from '../schema/confederation.ts';
import type { Draft, PeerConfig } from '../schema/schema.ts';
import type { Report } from './report.ts';

interface PeerCase {
  readonly subject: Subject;
  readonly peer: PeerConfig;
  /** `::` if the peer has to be found on its interface. */
  readonly address: Uint8Array;
  /** The name of the peer: `192.0.2.1`, `eth1`, `fe80::1%eth1`. */
  readonly name: string;
}

interface GroupCase {
  readonly subject: Subject;
  readonly name: string;
}

export interface CheckContext {
  readonly draft: Draft;
  readonly report: Report;
  readonly readSecret: ReadSecret;
  readonly policies: PolicyFile;
  /** Our AS number, or null if it is missing or invalid. */
  readonly ourAs: number | null;
  /** Our AS numbers, which decide the side of a peer. */
  readonly domain: Domain;
  /** Peers with an address or an interface. */
  readonly peers: readonly PeerCase[];
  readonly groups: readonly GroupCase[];
}

export type Check = (context: CheckContext) => void;

export function checkContext(draft: Draft, report: Report, readSecret: ReadSecret, policies: PolicyFile): CheckContext {
  const peers = draft.peers.flatMap((peer, at) => {
    // The address or interface may be invalid, so nothing can be concluded.
    if (peer.address === undefined && peer.interface === undefined) return [];
    const subject = peerSubject(draft, peer, ['peers', at]);
    return [{ subject, peer, address: addressOf(peer), name: nameOf(peer) }];
  });
  const groups = Object.keys(draft.groups).map((name) => ({ subject: groupSubject(draft, name), name }));
  const domain = knownDomain(draft, report);
  return { draft, report, readSecret, policies, ourAs: parseAs(draft.router.as ?? 0), domain, peers, groups };
}

/** With an invalid confederation the sides are unknown. */
function knownDomain({ router }: Draft, report: Report): Domain {
  const wrong = router.confederation === undefined && report.written(['router', 'confederation']);
  return wrong ? { as: null, confederation: null } : domainOf(router);
}

/** All groups and peers. */
export function subjects({ groups, peers }: CheckContext): Subject[] {
  return [...groups, ...peers].map(({ subject }) => subject);
}

/** The sources of sessions: the peers, and the groups with dynamic ranges. */
export function sessionSubjects({ draft, groups, peers }: CheckContext): Subject[] {
  const dynamic = groups.filter(({ name }) => (draft.groups[name]!.dynamic ?? []).length > 0);
  return [...dynamic, ...peers].map(({ subject }) => subject);
}

function addressOf({ address }: PeerConfig): Uint8Array {
  return address === undefined ? new Uint8Array(16) : parseAddress(address)!;
}

function nameOf(peer: PeerConfig): string {
  const { address, interface: interfaceName } = peer;
  if (interfaceName === undefined) return formatAddress(addressOf(peer));
  return address === undefined ? interfaceName : endName(addressOf(peer), interfaceName);
}
