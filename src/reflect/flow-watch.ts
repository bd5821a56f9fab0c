/** Follows unicast routes and flow specifications, as the validation of the latter needs (`rib/flows`). */
import type { FlowValidation } from '../rib/flows/flow-validation.ts';
import type { Rib } from '../rib/rib.ts';
import type { PrefixId } from '../rib/tables/ids.ts';
import { FAMILIES, type FamilyId, familyOf } from '../wire/families.ts';
import type { ChangeFeed, ChangeSubscriber } from './change-feed.ts';

export class FlowWatch implements ChangeSubscriber {
  readonly name = 'flow specifications';
  /** By family of unicast routes, and by family of flow specifications: what follows their changes. */
  private readonly byUnicast: (FlowValidation | undefined)[] = [];
  private readonly byRules: (FlowValidation | undefined)[] = [];
  private isWorking = false;
  private readonly rib: Rib;
  private readonly changes: ChangeFeed;
  private readonly later: (task: () => void) => void;

  /** @param later runs a task in a turn of its own */
  constructor(rib: Rib, changes: ChangeFeed, later: (task: () => void) => void) {
    this.rib = rib;
    this.changes = changes;
    this.later = later;
    rib.onFlowsPending = () => this.onPending();
  }

  /** Whether flow specifications wait for their validation. */
  get pending(): boolean {
    return this.isWorking;
  }

  onDecided(family: FamilyId, prefix: PrefixId, bestChanged: boolean): void {
    if (bestChanged) this.byUnicast[family]?.onUnicast(prefix);
    this.byRules[family]?.onRule(prefix);
  }

  private onPending(): void {
    for (const [family, flows] of this.rib.flows) if (flows.isFollowing) this.follow(family, flows);
    if (this.isWorking) return;
    this.isWorking = true;
    this.later(() => this.work());
  }

  private follow(family: FamilyId, flows: FlowValidation): void {
    if (this.byRules[family] !== undefined) return;
    const { afi, flowsFor } = FAMILIES[family];
    const unicast = flowsFor === null ? undefined : familyOf(afi, flowsFor);
    if (unicast === undefined) return;
    this.byRules[family] = flows;
    this.byUnicast[unicast.id] = flows;
    this.changes.add(this);
  }

  private work(): void {
    let waiting: FlowValidation | undefined;
    for (const flows of this.rib.flows.values()) if (flows.pending) waiting ??= flows;
    this.isWorking = waiting !== undefined;
    if (waiting === undefined) return;
    waiting.work();
    this.later(() => this.work());
  }
}
