import type { PolicyTestView } from '../../engine/api/policy-views.ts';
import type { Engine } from '../../engine/engine.ts';
import { Trace, traceView } from '../../engine/show/policy.ts';
import { REJECTED } from '../../policy/rule-ids.ts';
import { nameOf, runSample } from '../../policy/sample.ts';
import type { FamilyRib } from '../../rib/family-rib.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { Rib } from '../../rib/rib.ts';
import type { PathId } from '../../rib/tables/ids.ts';
import { readRoute, type Subject, sourceOf, subjectsOf } from './policy-subjects.ts';

/** Routes between two results, so that a long walk can be interrupted. */
const STEP = 256;

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

function testRoute(engine: Engine, subject: Subject, text: string): PolicyTestView {
  const sample = readRoute(text);
  let tracer: Trace | null = null;
  const { rule } = runSample(subject.chain, sample, sourceOf(engine, subject, sample), (route) => {
    tracer = new Trace(engine.rib, route);
    return tracer;
  });
  return { kind: 'route', prefix: nameOf(sample), trace: traceView(engine.rib, rule, tracer!) };
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
      const prefixClass = rib.filter.classOf(
        chain,
        family.family,
        prefixes,
        paths.prefixOf(path),
        paths.payloadOf(path),
      );
      rib.filter.accepts(chain, base, prefixClass, family.family, source);
      counts.set(rib.filter.rule, (counts.get(rib.filter.rule) ?? 0) + 1);
      if (!isExport) rib.attributes.release(base);
    }
  }
}
