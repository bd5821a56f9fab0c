/** What policies did to a route: the rule that decided, and each rule that changed something on the way. */
import type { Chain, Tracer } from '../../policy/chain.ts';
import type { Ruling } from '../../policy/policies.ts';
import { describeRoute } from '../../policy/route/describe.ts';
import type { Route } from '../../policy/route/route.ts';
import { REJECTED } from '../../policy/rule-ids.ts';
import type { FamilyRib } from '../../rib/family-rib.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { Rib } from '../../rib/rib.ts';
import type { AttributesId, PathId } from '../../rib/tables/ids.ts';
import type { RuleCountsView, RulingView, TracedRuleView, TraceView } from '../api/policy-views.ts';
import type { Engine } from '../engine.ts';

/** The rule that a ruling names. */
export function viewRuling({ name, because, place, rejected }: Ruling): RulingView {
  return { rule: name, because, place, rejected };
}

/** A ruling in words: `rejected by RULE at FILE:LINE: REASON`. */
export function rulingWords({ rule, because, place, rejected }: RulingView): string {
  const where = place === '' ? '' : ` at ${place}`;
  return `${rejected ? 'rejected' : 'accepted'} by \`${rule}\`${where}${because === '' ? '' : `: ${because}`}`;
}

/** Runs a chain on a route of the tables and reports each rule that holds. */
export function traceChain(
  rib: Rib,
  family: FamilyRib,
  path: PathId,
  chain: Chain,
  set: AttributesId,
  source: RibPeer,
): TraceView {
  const { filter } = rib;
  const tracer = new Trace(rib, filter.route);
  const { family: id, prefixes, paths } = family;
  const prefixClass = filter.classOf(chain, id, prefixes, paths.prefixOf(path), paths.payloadOf(path));
  const rule = filter.run(chain, set, prefixClass, id, source, tracer);
  return traceView(rib, rule, tracer);
}

/** The result of a traced run. */
export function traceView(rib: Rib, rule: number, tracer: Trace): TraceView {
  const ruling = rib.policies.rulingOf(rule);
  const decided =
    ruling === null ? { rule: '', because: '', place: '', rejected: (rule & REJECTED) !== 0 } : viewRuling(ruling);
  return { ...decided, rules: tracer.rules };
}

/** Notes what each rule changes. */
export class Trace implements Tracer {
  readonly rules: TracedRuleView[] = [];
  private facts: ReadonlyMap<string, string> = new Map();
  private readonly rib: Rib;
  private readonly route: Route;

  constructor(rib: Rib, route: Route) {
    this.rib = rib;
    this.route = route;
  }

  before(): void {
    this.facts = describeRoute(this.route);
  }

  after(rule: number, then: TracedRuleView['then']): void {
    const after = describeRoute(this.route);
    const changes = [...after]
      .map(([name, to]) => ({ name, from: this.facts.get(name) ?? '', to }))
      .filter(({ from, to }) => from !== to);
    const info = this.rib.policies.rules.infoOf(rule);
    this.rules.push({ rule: info?.name ?? '', place: info?.place ?? '', then, changes });
  }
}

/** All rules that a chain in use can end at, with the routes whose import ended there, and the runs of exports. */
export function* viewPolicies({ rib: { policies } }: Engine): Iterable<RuleCountsView> {
  const { rules } = policies;
  for (const [id, { name, because, place }] of rules.all()) {
    yield {
      ...{ rule: name, because, place, accepted: rules.accepted[id], rejected: rules.rejected[id] },
      exportsAccepted: rules.exportsAccepted[id],
      exportsRejected: rules.exportsRejected[id],
    };
  }
}
