/**
 * `policy diff`: what another specification would change for the routes in the tables, without applying it.
 *
 *   routes as received ─► imports of both ─► decision of both ─► exports of both ─► differences
 *
 * Each prefix is examined at once, so that the tables may change between two prefixes. Only prefixes that a changed policy
 * concerns are decided again. Nothing of it stays in the tables.
 */

import { describeRoute } from '../../policy/route/describe.ts';
import { REJECTED } from '../../policy/rule-ids.ts';
import { describeHeldBack, HELD_BACK } from '../../reflect/advertise/eligibility.ts';
import type { FamilyRib } from '../../rib/family-rib.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { AttributesId, PathId, PrefixId } from '../../rib/tables/ids.ts';
import { describeReason, REASON } from '../../rib/tables/reasons.ts';
import type { RouterSpec } from '../../spec/router.ts';
import { FAMILIES } from '../../wire/families.ts';
import { CommandError } from '../api/commands.ts';
import type { PeerDiffView, PolicyDiffView, RouteDiffView } from '../api/diff-views.ts';
import type { Engine } from '../engine.ts';
import { rulingWords, viewRuling } from '../show/policy.ts';
import { type PathDifference, type TrialGroup, trialGroups } from './trial-groups.ts';
import type { TrialPeer } from './trial-peers.ts';
import { type TrialImport, TrialTables } from './trial-tables.ts';

/** Prefixes between two chances to interrupt the walk, if no policy concerns them. */
const STEP = 64;

/** Receives what the walk finds, for a guard. */
export interface DiffWatch {
  /** No path of a prefix is usable any more (`group` null), or it is withdrawn from a group. */
  onLost(family: FamilyRib, prefix: PrefixId, group: string | null): void;
  /** Why the change must not be applied, when all is known. */
  refusals(groups: readonly TrialGroup[]): string[];
}

interface DiffOptions {
  /** Names of peers whose sessions the change resets. */
  readonly resets: ReadonlySet<string>;
  /** Maximum number of routes listed for each peer and each group. */
  readonly listed: number;
  /** null: no guard. */
  readonly watch: DiffWatch | null;
}

/** What one peer's routes become. */
interface PeerCounts {
  routes: number;
  accepted: number;
  rejected: number;
  changed: number;
  listed: number;
}

/**
 * @returns yields `undefined` where it can be interrupted; the last item is the summary
 * @throws CommandError if the configuration is replaced meanwhile
 */
export function* diffPolicies(
  engine: Engine,
  spec: RouterSpec,
  options: DiffOptions,
): Generator<PolicyDiffView | undefined> {
  yield* new PolicyDiff(engine, spec, options).run();
}

class PolicyDiff {
  private readonly engine: Engine;
  private readonly options: DiffOptions;
  private readonly trial: TrialTables;
  private readonly counts = new Map<RibPeer, PeerCounts>();
  /** Routes to list that the last examination found. */
  private found: RouteDiffView[] = [];
  private groups: TrialGroup[] = [];
  private prefixes = 0;

  constructor(engine: Engine, spec: RouterSpec, options: DiffOptions) {
    this.engine = engine;
    this.options = options;
    this.trial = new TrialTables(engine, spec);
  }

  *run(): Generator<PolicyDiffView | undefined> {
    const { engine, trial } = this;
    const before = engine.spec;
    this.groups = yield* trialGroups(engine, trial);
    const isAnyOther = this.groups.some(({ isOther }) => isOther);
    const isWalked = isAnyOther || engine.rib.peers.some((peer) => peer !== undefined && trial.isOther(peer));
    for (const family of isWalked ? engine.rib.families.slice(0, trial.sides.length) : []) {
      for (let id = 1; id < family.prefixes.limit; id++) {
        if (engine.spec !== before) throw new CommandError('the configuration was replaced meanwhile; try again');
        if (this.examine(family, id as PrefixId)) {
          yield undefined;
          yield* this.take();
        } else if (id % STEP === 0) {
          yield { kind: 'progress', percent: this.percentAt(family, id) };
        }
      }
    }
    yield* this.summary();
  }

  private percentAt(family: FamilyRib, id: number): number {
    const { families } = this.engine.rib;
    const all = families.reduce((sum, { prefixes }) => sum + prefixes.limit, 0);
    const done = families.slice(0, family.family).reduce((sum, { prefixes }) => sum + prefixes.limit, 0) + id;
    return Math.floor((done * 100) / all);
  }

  private take(): RouteDiffView[] {
    const { found } = this;
    this.found = [];
    return found;
  }

  /** @returns whether a changed policy concerns the prefix */
  private examine(family: FamilyRib, prefix: PrefixId): boolean {
    const head = family.prefixes.head(prefix);
    const groups = this.groups.filter(({ key }) => key.family === family.family);
    let isOther = groups.some((one) => one.isOther);
    for (let path = head; path !== 0 && !isOther; path = family.paths.nextOf(path)) {
      const peer = this.engine.rib.peers[family.paths.peerOf(path)];
      isOther = peer !== undefined && this.trial.isOther(peer);
    }
    if (head === 0 || !isOther) return false;
    this.prefixes++;
    const differs = this.trial.copy(family, prefix, (path, made, peer) => this.noteImport(family, path, made, peer));
    const { before, after } = this.trial.sides[family.family];
    if (this.options.watch !== null && before.best !== 0 && after.best === 0) {
      this.options.watch.onLost(family, prefix, null);
    }
    for (const group of groups) if (differs || group.isOther) this.compare(family, prefix, group);
    this.trial.release();
    return true;
  }

  private noteImport(family: FamilyRib, path: PathId, { used, rule }: TrialImport, trial: TrialPeer): void {
    const { paths } = family;
    const source = this.engine.rib.peers[paths.peerOf(path)] as RibPeer;
    const counts = this.countsOf(source);
    counts.routes++;
    const wasRejected = !source.importAccepts || (paths.ruleOf(path) & REJECTED) !== 0;
    const isRejected = !trial.peer.importAccepts || (rule & REJECTED) !== 0;
    const before = paths.attributesOf(path);
    if (wasRejected === isRejected && (isRejected || before === used)) return;
    const outcome = isRejected ? 'rejected' : wasRejected ? 'accepted' : 'changed';
    counts[outcome]++;
    if (counts.listed++ >= this.options.listed) return;
    const changes = isRejected ? [] : this.changesOf(before, used);
    const why = this.ruleWords(rule) || 'the setting `import` of the peer';
    this.list(family, paths.prefixOf(path), { direction: 'import', from: source.name, to: '', outcome, why, changes });
  }

  private countsOf(peer: RibPeer): PeerCounts {
    const counts = this.counts.get(peer) ?? { routes: 0, accepted: 0, rejected: 0, changed: 0, listed: 0 };
    this.counts.set(peer, counts);
    return counts;
  }

  private compare(family: FamilyRib, prefix: PrefixId, group: TrialGroup): void {
    const { before, after } = this.trial.sides[family.family];
    const { peers } = this.engine.rib;
    for (const difference of group.compare(prefix, this.trial.held)) {
      const { outcome, now, then } = difference;
      if (outcome === 'withdrawn') this.options.watch?.onLost(family, prefix, group.name);
      if (group.listed++ >= this.options.listed) continue;
      const source = outcome === 'withdrawn' ? before.paths.peerOf(now.path) : after.paths.peerOf(then.path);
      const changes = outcome === 'changed' ? this.changesOf(now.set, then.set) : [];
      const why = this.exportWords(family, difference, group);
      const from = peers[source]?.name ?? '';
      this.list(family, prefix, { direction: 'export', from, to: group.name, outcome, why, changes });
    }
  }

  /** What causes a difference of what a group is sent. */
  private exportWords(family: FamilyRib, difference: PathDifference, group: TrialGroup): string {
    const { after } = this.trial.sides[family.family];
    const { outcome, now, then } = difference;
    const path = outcome === 'withdrawn' ? this.trial.copies.get(now.path) : then.path;
    if (path === undefined) return 'its peer is removed or shut down';
    const { paths } = after;
    const reason = paths.reasonOf(path);
    const imported = this.ruleWords(paths.ruleOf(path));
    if (reason !== REASON.usable) {
      return reason === REASON.importPolicy && imported !== '' ? `import: ${imported}` : describeReason(reason);
    }
    const why = group.after.eligible.why(path);
    const exported = this.ruleWords(group.key.exportChain === null ? 0 : this.trial.filter.rule);
    if (why === HELD_BACK.exportPolicy) return exported === '' ? describeHeldBack(why) : `export: ${exported}`;
    if (why !== HELD_BACK.no) return describeHeldBack(why);
    if (outcome === 'withdrawn') return 'other paths are better';
    if (group.isEncodedOtherwise) return 'other settings of the peers: every route is sent again';
    if (exported !== '') return `export: ${exported}`;
    return imported === '' ? 'the best path is another one' : `import: ${imported}`;
  }

  private ruleWords(rule: number): string {
    const ruling = this.trial.policies.rulingOf(rule);
    return ruling === null ? '' : rulingWords(viewRuling(ruling));
  }

  private changesOf(before: AttributesId, after: AttributesId): RouteDiffView['changes'] {
    const { filter } = this.trial;
    filter.open(before);
    const facts = describeRoute(filter.route);
    filter.open(after);
    filter.route.newNextHop = null;
    return [...describeRoute(filter.route)]
      .map(([name, to]) => ({ name, from: facts.get(name) ?? '', to }))
      .filter(({ from, to }) => from !== to);
  }

  private list(family: FamilyRib, prefix: PrefixId, route: Omit<RouteDiffView, 'kind' | 'family' | 'prefix'>): void {
    const where = { family: FAMILIES[family.family].name, prefix: family.prefixes.format(prefix) };
    this.found.push({ kind: 'route', ...where, ...route });
  }

  private *summary(): Generator<PolicyDiffView> {
    const peers = this.peerViews();
    yield* peers;
    const groups = this.groups.filter(({ advertised, withdrawn, changed }) => advertised + withdrawn + changed > 0);
    for (const { name, key, peers: members, routes, advertised, withdrawn, changed } of groups) {
      const where = { group: name, family: FAMILIES[key.family].name, peers: members };
      yield { kind: 'group', ...where, routes, advertised, withdrawn, changed };
    }
    yield {
      kind: 'summary',
      prefixes: this.prefixes,
      samePeers: this.engine.peers.size - peers.length,
      sameGroups: namesOf(this.groups).size - namesOf(groups).size,
      refusals: this.options.watch?.refusals(this.groups) ?? [],
    };
  }

  /** The peers for which something changes. */
  private peerViews(): PeerDiffView[] {
    const views: PeerDiffView[] = [];
    for (const { name, spec, session, retention } of this.engine.peers.values()) {
      const ribPeer = session?.ribPeer ?? retention?.ribPeer;
      const isRemoved = this.trial.peers.settingsOf(name, spec.address) === null && !spec.shutdown;
      const counts = ribPeer && this.counts.get(ribPeer);
      const { routes = 0, accepted = 0, rejected = 0, changed = 0 } = counts ?? {};
      const held = ribPeer?.received.reduce((sum, paths) => sum + paths, 0) ?? 0;
      const isKept = !isRemoved && !this.options.resets.has(name);
      // Only another import can make something of routes that were not kept.
      const notKept = counts === undefined ? 0 : (ribPeer?.rejectedDropped ?? 0);
      if (isKept && accepted + rejected + changed + notKept === 0) continue;
      views.push({
        kind: 'peer',
        peer: name,
        description: spec.description,
        group: spec.group,
        session: isRemoved ? 'removed' : isKept ? 'kept' : 'reset',
        ...{ routes: Math.max(routes, held), accepted, rejected, changed, notKept },
      });
    }
    return views;
  }
}

function namesOf(groups: readonly TrialGroup[]): Set<string> {
  return new Set(groups.map(({ name }) => name));
}
