/** What `policy test` and `explain --route` run: the chains of policies, groups and peers, and the route that is given. */
import { parse } from 'yaml';
import { chainSpec } from '../../config/policy/chain-content.ts';
import { isMapping, Reader } from '../../config/policy/reader.ts';
import { readSample } from '../../config/policy/samples.ts';
import { CommandError } from '../../engine/api/commands.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Peer } from '../../engine/peer/peer.ts';
import type { Chain, ChainTerms } from '../../policy/chain.ts';
import { NO_FACTS, type SessionFacts } from '../../policy/route/route.ts';
import type { SampleRoute } from '../../policy/sample.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { PeerSettings } from '../../spec/peer.ts';

/** A chain of a test, and the peers whose routes it concerns. */
export interface Subject {
  readonly chain: Chain;
  /** null: all peers. */
  readonly peers: ReadonlySet<RibPeer> | null;
  /** The session for a given route, when no peer has one. */
  readonly facts: SessionFacts;
  readonly isExport: boolean;
}

/** The chains to test: one, or those that peers of a group have. */
export function subjectsOf(engine: Engine, name: string, isExport: boolean): Subject[] {
  const { policies, peers, ranges } = engine.spec;
  const peer = engine.peers.get(name);
  if (peer !== undefined) return ofSettings(engine, name, [peer], [peer.spec], isExport);
  const policy = policies.get(name);
  if (policy !== undefined) {
    const steps = policy.default === 'next' ? [name, 'accept'] : [name];
    const chain = engine.rib.policies.chainFor(chainSpec(steps, policies), NO_FACTS, termsOf(engine.spec.as, isExport));
    return [{ chain, peers: null, facts: NO_FACTS, isExport }];
  }
  const members = [...engine.peers.values()].filter(({ spec }) => spec.group === name);
  const settings = [...peers, ...ranges].filter(({ group }) => group === name);
  if (name === '' || members.length + settings.length === 0) {
    throw new CommandError(`"${name}" is neither a policy, a group with peers, nor a peer; see \`show policies\``);
  }
  return ofSettings(engine, name, members, settings, isExport);
}

/** The chains of established sessions; without any session, those of the settings. */
function ofSettings(
  { rib }: Engine,
  name: string,
  members: readonly Peer[],
  settings: readonly PeerSettings[],
  isExport: boolean,
): Subject[] {
  const found = new Map<Chain, { peers: Set<RibPeer>; facts: SessionFacts }>();
  for (const { session } of members) {
    if (session === null) continue;
    const { ribPeer } = session;
    const exports = session.members.flatMap((one) => one?.group.key.exportChain ?? []);
    for (const chain of isExport ? exports : [ribPeer.importChain]) {
      if (chain === null) continue;
      const same = found.get(chain) ?? { peers: new Set(), facts: ribPeer.facts };
      found.set(chain, { ...same, peers: same.peers.add(ribPeer) });
    }
  }
  const isUp = members.some(({ session }) => session !== null);
  for (const one of isUp ? [] : settings) {
    const { chains } = one.exchange;
    const spec = isExport ? chains.export : chains.import;
    const facts = factsFrom(one);
    const chain = spec && rib.policies.chainFor(spec, facts, termsOf(one.session.localAs, isExport));
    if (chain) found.set(chain, { peers: new Set(), facts });
  }
  if (found.size === 0) throw new CommandError(`${name} has no ${isExport ? 'export' : 'import'} policy`);
  return [...found].map(([chain, { peers, facts }]) => ({ chain, peers, facts, isExport }));
}

/** What policies know about a session that is not established. */
function factsFrom({ group, exchange, session }: PeerSettings): SessionFacts {
  const { remoteAs, localAs } = session;
  const isInternal = remoteAs.kind === 'internal' || (remoteAs.kind === 'list' && remoteAs.list.includes(localAs));
  const role = isInternal ? 'ibgp' : session.confederation ? 'confederation' : 'ebgp';
  return { ...NO_FACTS, group, labels: exchange.chains.labels, role, client: exchange.client && isInternal };
}

function termsOf(as: number, isExport: boolean): ChainTerms {
  const direction = isExport ? 'export' : 'import';
  return { direction, as, extendedNextHop: false, dropsMed: false, selfAddress: null, nextHop: null };
}

/** The chain of a peer; `import` or `export` of its settings if it has no policies. */
export function subjectOfPeer(engine: Engine, peer: Peer, isExport: boolean): Subject {
  const { exchange, session } = peer.spec;
  const { chains } = exchange;
  if ((isExport ? chains.export : chains.import) !== null) {
    return ofSettings(engine, peer.name, [peer], [peer.spec], isExport)[0]!;
  }
  const steps = [isExport ? exchange.export : exchange.import];
  const facts = peer.session?.ribPeer.facts ?? factsFrom(peer.spec);
  const { policies } = engine.rib;
  const chain = policies.chainFor(chainSpec(steps, engine.spec.policies), facts, termsOf(session.localAs, isExport));
  return { chain, peers: peer.session === null ? null : new Set([peer.session.ribPeer]), facts, isExport };
}

/** The session that a given route comes from, or goes to. */
export function sourceOf({ spec }: Engine, { peers, facts }: Subject, sample: SampleRoute) {
  const self = new Uint8Array(4);
  new DataView(self.buffer).setUint32(0, spec.routerId);
  const [peer] = peers ?? [];
  return {
    facts: peer?.facts ?? facts,
    address: peer?.address ?? sample.nextHop,
    selfAddress: peer?.selfAddress ?? self,
  };
}

/** A route as it is given. @throws CommandError */
export function readRoute(text: string): SampleRoute {
  const reader = new Reader();
  const written = readYaml(text);
  const sample = isMapping(written) ? readSample([], written, reader) : null;
  if (sample !== null && reader.errors.length === 0) return sample;
  const [first] = reader.errors;
  const why =
    first === undefined
      ? 'it is no mapping such as "prefix: 10.0.0.0/8"'
      : `${first.what}; expected: ${first.expected}`;
  throw new CommandError(`the route cannot be read: ${why}`);
}

/** The braces of a mapping may be left out. */
function readYaml(text: string): unknown {
  try {
    return parse(text.trim().startsWith('{') ? text : `{ ${text} }`);
  } catch {
    return null;
  }
}
