/** What a check is given: the right parts of a configuration, and every peer and group in it with what it inherits. */
import { parseAddress } from '../../lib/ip.ts';
import { parseAs } from '../as-number.ts';
import { groupSubject, peerSubject, type Subject } from '../effective.ts';
import type { Draft, PeerConfig } from '../schema.ts';
import type { ReadSecret } from '../secrets.ts';
import type { Report } from './report.ts';

export interface PeerCase {
  readonly subject: Subject;
  readonly peer: PeerConfig;
  readonly address: Uint8Array;
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
  readonly peers: readonly PeerCase[];
  readonly groups: readonly GroupCase[];
}

export type Check = (context: CheckContext) => void;

export function checkContext(draft: Draft, report: Report, readSecret: ReadSecret): CheckContext {
  const peers = draft.peers.map((peer, at) => ({
    subject: peerSubject(draft, peer, ['peers', at]),
    peer,
    address: parseAddress(peer.address)!,
  }));
  const groups = Object.keys(draft.groups).map((name) => ({ subject: groupSubject(draft, name), name }));
  return { draft, report, readSecret, ourAs: parseAs(draft.router.as ?? 0), peers, groups };
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
