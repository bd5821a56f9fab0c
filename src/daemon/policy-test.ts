/** `policy test`: runs policies without applying them, on a given route or on the routes in the tables. */
import { parse } from 'yaml';
import { chainSpec } from '../config/policy/chain-content.ts';
import { isMapping, Reader } from '../config/policy/reader.ts';
import { readSample } from '../config/policy/samples.ts';
import { CommandError } from '../engine/api/commands.ts';
import type { PolicyTestView } from '../engine/api/policy-views.ts';
import type { Engine } from '../engine/engine.ts';
import type { Peer } from '../engine/peer/peer.ts';
import { Trace, traceView } from '../engine/show/policy.ts';
import { formatPrefix } from '../lib/ip.ts';
import type { Chain, ChainTerms } from '../policy/chain.ts';
import { NO_FACTS, type SessionFacts } from '../policy/route/route.ts';
import { REJECTED } from '../policy/rule-ids.ts';
import { runSample } from '../policy/sample.ts';
import type { FamilyRib } from '../rib/family-rib.ts';
import type { RibPeer } from '../rib/peers/peers.ts';
import type { Rib } from '../rib/rib.ts';
import type { PathId } from '../rib/tables/ids.ts';
import type { PeerSettings } from '../spec/peer.ts';

/** Routes between two results, so that a long walk can be interrupted. */
const STEP = 256;

/** A chain of a test, and the peers whose routes it concerns. */
interface Subject {
  readonly chain: Chain;
  /** null: all peers. */
  readonly peers: ReadonlySet<RibPeer> | null;
  /** The session for a given route, when no peer has one. */
  readonly facts: SessionFacts;
  readonly isExport: boolean;
}

/**
 * @param subject the name of a policy, a group, or a peer
 * @param route in the notation of `tests`; null: all routes in the tables
 * @param to the export to the peer or group, not the import from it
 */
export function testPolicy(
  engine: Engine,
  subject: string,
  route: string | null,
  to: boolean,
): Iterable<PolicyTestView> {
  const found = subjectsOf(engine, subject, to);
  if (route !== null) return found.map((one) => testRoute(engine, one, route));
  return testTables(engine, found) as Iterable<PolicyTestView>;
}

/** The chains to test: one, or those that peers of a group have. */
function subjectsOf(engine: Engine, name: string, isExport: boolean): Subject[] {
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

function testRoute({ rib, spec }: Engine, { chain, peers, facts }: Subject, text: string): PolicyTestView {
  const reader = new Reader();
  const written = readYaml(text);
  const sample = isMapping(written) ? readSample([], written, reader) : null;
  if (sample === null) {
    const [first] = reader.errors;
    const why =
      first === undefined
        ? 'it is no mapping such as "prefix: 10.0.0.0/8"'
        : `${first.what}; expected: ${first.expected}`;
    throw new CommandError(`the route cannot be read: ${why}`);
  }
  const self = new Uint8Array(4);
  new DataView(self.buffer).setUint32(0, spec.routerId);
  const [peer] = peers ?? [];
  const source = {
    facts: peer?.facts ?? facts,
    address: peer?.address ?? sample.nextHop,
    selfAddress: peer?.selfAddress ?? self,
  };
  let tracer: Trace | null = null;
  const { rule } = runSample(chain, sample, source, (route) => {
    tracer = new Trace(rib, route);
    return tracer;
  });
  return { kind: 'route', prefix: formatPrefix(sample.prefix), trace: traceView(rib, rule, tracer!) };
}

/** The braces of a mapping may be left out. */
function readYaml(text: string): unknown {
  try {
    return parse(text.trim().startsWith('{') ? text : `{ ${text} }`);
  } catch {
    return null;
  }
}

/** Counts the rules that routes end at. `undefined` stands for routes that have no result of their own. */
function* testTables({ rib }: Engine, subjects: readonly Subject[]): Iterable<PolicyTestView | undefined> {
  const counts = new Map<number, number>();
  for (const subject of subjects) yield* countRules(rib, subject, counts);
  for (const [rule, count] of [...counts].sort(([, a], [, b]) => b - a)) {
    const info = rib.policies.rules.infoOf(rule & ~REJECTED);
    const isRejected = (rule & REJECTED) !== 0;
    const shown = { rule: info?.name ?? '', because: info?.because ?? '', place: info?.place ?? '' };
    yield { kind: 'rule', rule: { ...shown, accepted: isRejected ? 0 : count, rejected: isRejected ? count : 0 } };
  }
}

/** Counts the rules at which a chain ends for the routes of the tables that it concerns. */
function* countRules(
  rib: Rib,
  { chain, peers, isExport }: Subject,
  counts: Map<number, number>,
): Iterable<PolicyTestView | undefined> {
  const isReceived = (source: RibPeer) => peers === null || peers.has(source);
  // What one peer has sent is not advertised back to it, but to other peers of its group.
  const isExported = (path: PathId, { paths }: FamilyRib, source: RibPeer) =>
    paths.reasonOf(path) === 0 && !(peers?.size === 1 && peers.has(source));
  for (const family of rib.families) {
    const { paths, prefixes } = family;
    for (let id = 1; id < paths.limit; id++) {
      if (id % STEP === 0) yield undefined;
      const path = id as PathId;
      const source = rib.peers[paths.peerOf(path)];
      if (source === undefined || !(isExport ? isExported(path, family, source) : isReceived(source))) continue;
      const base = isExport ? paths.attributesOf(path) : rib.imports.hold(paths.receivedOf(path), source);
      if (base === 0) continue;
      const prefixClass = rib.filter.classOf(chain, family.family, prefixes, paths.prefixOf(path));
      rib.filter.accepts(chain, base, prefixClass, family.family, source);
      counts.set(rib.filter.rule, (counts.get(rib.filter.rule) ?? 0) + 1);
      if (!isExport) rib.attributes.release(base);
    }
  }
}
