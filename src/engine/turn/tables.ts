/** The tables of the engine and what works on them, made from the specification and connected to its events. */
import type { Clock } from '../../lib/clock.ts';
import type { Chain } from '../../policy/chain.ts';
import type { Gate } from '../../reflect/advertise/fib-gate.ts';
import { ChangeFeed } from '../../reflect/change-feed.ts';
import type { GroupListener } from '../../reflect/group.ts';
import { Reflector } from '../../reflect/reflector.ts';
import type { Identity } from '../../rib/attributes/attributes.ts';
import { Ingest } from '../../rib/ingest.ts';
import { describeNextHopWarning } from '../../rib/next-hop-warnings.ts';
import { Revalidation } from '../../rib/revalidation.ts';
import { Rib } from '../../rib/rib.ts';
import { Sweeper } from '../../rib/sweeper.ts';
import type { RouterSpec } from '../../spec/router.ts';
import type { EventSink } from '../events/events.ts';
import { type AttributeLimitHost, AttributeLimits } from '../limits/attribute-limits.ts';

/** What the tables use of the engine. */
interface TableUser {
  readonly clock: Clock;
  readonly events: EventSink;
}

/** How update groups treat their members. */
interface GroupTerms {
  readonly gate: Gate;
  readonly listener: GroupListener;
  /** Bytes that a member may be behind in the log of its group before it leaves it. */
  readonly slowAfterBytes: number;
}

export class EngineTables {
  readonly rib: Rib;
  readonly ingest: Ingest;
  readonly sweeper: Sweeper;
  readonly revalidation: Revalidation;
  readonly attributeLimits: AttributeLimits;
  readonly changes: ChangeFeed;
  readonly reflector: Reflector;

  constructor(
    spec: RouterSpec,
    { clock, events }: TableUser,
    limitHost: AttributeLimitHost,
    { gate, listener, slowAfterBytes }: GroupTerms,
  ) {
    const rib = new Rib(identityOf(spec));
    this.rib = rib;
    this.ingest = new Ingest(rib);
    this.sweeper = new Sweeper(rib, clock, () => this.reflector.endSharing());
    this.revalidation = new Revalidation(rib, clock);
    this.attributeLimits = new AttributeLimits(rib, this.sweeper, clock, limitHost);
    this.changes = new ChangeFeed(({ name }, family, prefix, { message, stack = null }) => {
      const text = rib.families[family].prefixes.format(prefix);
      events.emit({ name: 'daemon.change-missed', subscriber: name, prefix: text, error: message, stack });
    });
    this.reflector = new Reflector(rib, this.changes, gate, listener, slowAfterBytes, clock);
    this.reflector.isRevalidating = () => this.revalidation.pending || rib.nextHops.isAnyAwaited();
    this.ingest.nextHopWarnings.onWarning = (nextHop, from, warning) =>
      events.emit({
        name: 'update.next-hop-warning',
        peer: from.name,
        nextHop: rib.nextHops.format(nextHop),
        reason: describeNextHopWarning(warning),
      });
    this.adopt(spec);
  }

  /** Sets what the specification says about paths; they must be revalidated then. */
  adopt(spec: RouterSpec): void {
    const { rib } = this;
    rib.addFamilies();
    this.attributeLimits.totalLimit = spec.attributeOctets ?? Number.POSITIVE_INFINITY;
    rib.policies.adopt(spec.policies, this.chainsInUse());
    rib.attributes.setIdentity(identityOf(spec));
    rib.nextHops.setCostRules(spec.nextHopCosts);
  }

  private chainsInUse(): Set<Chain> {
    const chains = new Set<Chain>();
    for (const peer of this.rib.peers) if (peer?.importChain) chains.add(peer.importChain);
    for (const groups of this.reflector.groups) {
      for (const { key } of groups) if (key.exportChain !== null) chains.add(key.exportChain);
    }
    return chains;
  }
}

/** The identities that make a path a loop: our AS, our router id, and every cluster id in use. */
function identityOf(spec: RouterSpec): Identity {
  const clusterIds = new Set([spec.clusterId]);
  for (const { exchange } of [...spec.peers, ...spec.ranges]) if (exchange.client) clusterIds.add(exchange.clusterId);
  const { as, routerId, confederation } = spec;
  return { as, confederation: confederation?.identifier ?? null, routerId, clusterIds: [...clusterIds] };
}
