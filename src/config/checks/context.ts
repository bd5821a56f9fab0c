/** What a check is given: the right parts of a configuration, and every peer and group in it with what it inherits. */
import { formatAddress, parseAddress } from '../../lib/ip.ts';
import { endName } from '../../spec/peer-name.ts';
import type { ReadSecret } from '../problems/secrets.ts';
import { groupSubject, peerSubject, type Subject } from '../resolve/effective.ts';
import { parseAs } from '../schema/as-number.ts';
import { type Domain, domainOf } from '../schema/confederation.ts';
import type { Draft, PeerConfig } from '../schema/schema.ts';
import type { Report } from './report.ts';

export interface PeerCase {
  readonly subject: Subject;
  readonly peer: PeerConfig;
  /** `::` where the peer is to be found on its interface. */
  readonly address: Uint8Array;
  /** What the peer is called: `192.0.2.1`, `eth1`, `fe80::1%eth1`. */
  readonly name: string;
}

export interface GroupCase {
  readonly subject: Subject;
  readonly name: string;
}

export interface CheckContext {
  readonly draft: Draft;
  readonly report: Report;
  readonly readSecret: ReadSecret;
  /** Our AS number, or null when it is missing or wrong. */
  readonly ourAs: number | null;
  /** By what the sides of peers are told apart. */
  readonly domain: Domain;
  /** Those that are somewhere. */
  readonly peers: readonly PeerCase[];
  readonly groups: readonly GroupCase[];
}

export type Check = (context: CheckContext) => void;

export function checkContext(draft: Draft, report: Report, readSecret: ReadSecret): CheckContext {
  const peers = draft.peers.flatMap((peer, at) => {
    // Nothing follows from one that is nowhere: what it says of that may be wrong.
    if (peer.address === undefined && peer.interface === undefined) return [];
    const subject = peerSubject(draft, peer, ['peers', at]);
    return [{ subject, peer, address: addressOf(peer), name: nameOf(peer) }];
  });
  const groups = Object.keys(draft.groups).map((name) => ({ subject: groupSubject(draft, name), name }));
  const domain = knownDomain(draft, report);
  return { draft, report, readSecret, ourAs: parseAs(draft.router.as ?? 0), domain, peers, groups };
}

/** Nothing is known of the sides where the confederation is written, but wrong. */
function knownDomain({ router }: Draft, report: Report): Domain {
  const wrong = router.confederation === undefined && report.written(['router', 'confederation']);
  return wrong ? { as: null, confederation: null } : domainOf(router);
}

/** Everything that has settings of its own. */
export function subjects({ groups, peers }: CheckContext): Subject[] {
  return [...groups, ...peers].map(({ subject }) => subject);
}

/** What sessions come from: the peers, and the groups with dynamic ranges. */
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
