/** `policy test`: runs policies without applying them, on a given route or on the routes in the tables. */
import { parse } from 'yaml';
import { chainSpec } from '../config/policy/policies.ts';
import { isMapping, Reader } from '../config/policy/reader.ts';
import { readSample } from '../config/policy/samples.ts';
import { CommandError } from '../engine/api/commands.ts';
import type { PolicyTestView } from '../engine/api/policy-views.ts';
import type { Engine } from '../engine/engine.ts';
import type { Peer } from '../engine/peer/peer.ts';
import { Trace, traceView } from '../engine/show/policy.ts';
import { formatPrefix } from '../lib/ip.ts';
import type { Chain, ChainTerms } from '../policy/chain.ts';
import { NO_FACTS } from '../policy/route/route.ts';
import { REJECTED } from '../policy/rule-ids.ts';
import { runSample } from '../policy/sample.ts';
import type { RibPeer } from '../rib/peers/peers.ts';
import type { PathId } from '../rib/tables/ids.ts';

/** Routes between two results, so that a long walk can be interrupted. */
const STEP = 256;

/** The chain of a test, and the peers whose routes it concerns. */
interface Subject {
  readonly chain: Chain;
  readonly peer: RibPeer | null;
  readonly isExport: boolean;
}

/**
 * @param subject the name of a policy, or a peer
 * @param route in the notation of `tests`; null: all routes in the tables
 */
export function testPolicy(
  engine: Engine,
  subject: string,
  route: string | null,
  to: boolean,
): Iterable<PolicyTestView> {
  const found = subjectOf(engine, subject, to);
  if (route !== null) return [testRoute(engine, found, route)];
  return testTables(engine, found) as Iterable<PolicyTestView>;
}

function subjectOf(engine: Engine, name: string, isExport: boolean): Subject {
  const { policies } = engine.spec;
  const peer = engine.peers.get(name);
  if (peer !== undefined) return ofPeer(engine, peer, isExport);
  const policy = policies.get(name);
  if (policy === undefined) throw new CommandError(`"${name}" is neither a policy nor a peer; see \`show policies\``);
  const steps = policy.default === 'next' ? [name, 'accept'] : [name];
  const terms: ChainTerms = {
    direction: 'import',
    as: engine.spec.as,
    extendedNextHop: false,
    dropsMed: false,
    selfAddress: null,
    nextHop: null,
  };
  const chain = engine.rib.policies.chainFor(chainSpec(steps, policies), NO_FACTS, terms);
  return { chain, peer: null, isExport: false };
}

function ofPeer({ rib }: Engine, { name, session }: Peer, isExport: boolean): Subject {
  if (session === null) throw new CommandError(`the session with ${name} is not established`);
  const member = session.members.find((one) => one !== null);
  const chain = isExport ? member?.group.key.exportChain : session.ribPeer.importChain;
  if (!chain) throw new CommandError(`${name} has no ${isExport ? 'export' : 'import'} policy`);
  return { chain, peer: rib.peers[session.ribPeer.id] ?? null, isExport };
}

function testRoute({ rib, spec }: Engine, { chain, peer }: Subject, text: string): PolicyTestView {
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
  const source = {
    facts: peer?.facts ?? NO_FACTS,
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
function* testTables({ rib }: Engine, { chain, peer, isExport }: Subject): Iterable<PolicyTestView | undefined> {
  const counts = new Map<number, number>();
  for (const family of rib.families) {
    const { paths, prefixes } = family;
    for (let id = 1; id < paths.limit; id++) {
      if (id % STEP === 0) yield undefined;
      const path = id as PathId;
      const source = rib.peers[paths.peerOf(path)];
      const concerns = isExport ? source !== peer && paths.reasonOf(path) === 0 : peer === null || source === peer;
      if (source === undefined || !concerns) continue;
      const base = isExport ? paths.attributesOf(path) : rib.imports.hold(paths.receivedOf(path), source);
      if (base === 0) continue;
      const prefixClass = rib.filter.classOf(chain, family.family, prefixes, paths.prefixOf(path));
      rib.filter.accepts(chain, base, prefixClass, family.family, source);
      counts.set(rib.filter.rule, (counts.get(rib.filter.rule) ?? 0) + 1);
      if (!isExport) rib.attributes.release(base);
    }
  }
  for (const [rule, count] of [...counts].sort(([, a], [, b]) => b - a)) {
    const info = rib.policies.rules.infoOf(rule & ~REJECTED);
    const isRejected = (rule & REJECTED) !== 0;
    const shown = { rule: info?.name ?? '', because: info?.because ?? '', place: info?.place ?? '' };
    yield { kind: 'rule', rule: { ...shown, accepted: isRejected ? 0 : count, rejected: isRejected ? count : 0 } };
  }
}
