/**
 * Carries a block of operations to the kernel and its answers to the plan: next hops are prepared first, what needs no
 * kernel call is answered on the spot. The kernel is passed in.
 */
import type { FamilyId } from '../../wire/families.ts';
import type { NextHop } from '../next-hops/next-hop.ts';
import type { NextHops } from '../next-hops/next-hops.ts';
import type { FibPlan } from '../plan/plan.ts';
import type { FibEvent } from '../port/driver-options.ts';
import type { BestRoutes, Fib, FibSchedule, Refusal, RouteChange } from '../port/ports.ts';
import { targetKey } from '../port/targets.ts';
import type { FibOperation } from '../port/types.ts';

/** A route was sent to a nexthop object that somebody removed. */
const NO_OBJECT = 'Nexthop id does not exist';

export interface CourierOptions {
  readonly plan: FibPlan;
  readonly nextHops: NextHops;
  readonly best: BestRoutes;
  readonly port: Fib;
  readonly schedule: Pick<FibSchedule, 'nowMs'>;
  readonly onRefused: (event: FibEvent) => void;
  /** Next hops should be looked at anew. */
  readonly onObjectMissing: () => void;
}

/** An operation on its way, with how often its next hop had lost its routes when it was sent. */
interface Sent {
  readonly operation: FibOperation;
  readonly change: RouteChange;
  readonly losses: number;
}

export class Courier {
  private readonly options: CourierOptions;

  constructor(options: CourierOptions) {
    this.options = options;
  }

  /**
   * Brings every operation back to the plan.
   * @returns why the kernel could not be asked, or null when it was
   */
  async carry(family: FamilyId, operations: readonly FibOperation[]): Promise<string | null> {
    const { nextHops, port } = this.options;
    try {
      await nextHops.prepare(operations);
    } catch (error) {
      this.giveBack(operations);
      return (error as Error).message;
    }
    const sent: Sent[] = [];
    for (const operation of operations) this.sort(operation, sent);
    if (sent.length === 0) return null;
    const changes = sent.map((one) => one.change);
    const result = await port.apply(family, changes);
    if (result.kind === 'unavailable') {
      this.giveBack(sent.map((one) => one.operation));
      return result.reason;
    }
    for (const [i, one] of sent.entries()) this.answer(one, result.refusals[i]);
    return null;
  }

  private giveBack(operations: readonly FibOperation[]): void {
    for (const operation of operations) this.options.plan.returned(operation);
  }

  /** Answers an operation that needs no kernel call, or makes a change of it. */
  private sort(operation: FibOperation, sent: Sent[]): void {
    const { plan, nextHops, best, schedule } = this.options;
    const prefix = best.formatPrefix(operation.family, operation.prefix);
    if (operation.kind === 'delete') {
      sent.push({ operation, change: { kind: 'delete', prefix, metric: null }, losses: 0 });
      return;
    }
    const nextHop = nextHops.of(operation);
    this.doubt(operation, nextHop, prefix);
    if (!nextHop.reached) this.unreached(operation, nextHop, prefix);
    else if (operation.adopted === targetKey(nextHop.target)) plan.completed(operation, null, schedule.nowMs());
    else {
      const change: RouteChange = { kind: 'set', prefix, to: nextHop.target, owned: operation.owned };
      sent.push({ operation, change, losses: nextHop.losses });
    }
  }

  /** A next hop inside the prefix is reached by other routes, or not at all; told once per next hop. */
  private doubt({ family, prefix: id }: FibOperation, nextHop: NextHop, prefix: string): void {
    if (nextHop.doubted || !this.options.best.isInside?.(family, id, nextHop.id)) return;
    nextHop.doubted = true;
    this.options.onRefused({ type: 'fib.next-hop-inside', prefix, nextHop: nextHop.name });
  }

  /** The operator is told once per next hop, not once per route. */
  private unreached(operation: FibOperation, nextHop: NextHop, prefix: string): void {
    const { plan, schedule, onRefused } = this.options;
    const { family } = operation;
    if (!nextHop.reported) {
      onRefused({ type: 'fib.failed', family, prefix, nextHop: nextHop.name, error: nextHop.words });
    }
    nextHop.reported = true;
    plan.completed(operation, { kind: 'unreachable', words: nextHop.words }, schedule.nowMs());
  }

  private answer({ operation, change, losses }: Sent, refusal: Refusal | null): void {
    const { plan, nextHops, best, schedule, onRefused, onObjectMissing } = this.options;
    const { family, prefix, nextHop } = operation;
    // The kernel may have removed the route again, with the object that it led to.
    const doubtful = nextHop !== 0 && refusal === null && nextHops.of(operation).losses !== losses;
    const name = refusal === null || nextHop === 0 ? '' : best.formatNextHop(nextHop);
    const told = plan.of(family).refusal(prefix);
    plan.completed(operation, refusal, schedule.nowMs());
    if (doubtful) plan.of(family).doubt(prefix);
    if (refusal === null) return;
    if (refusal.words.includes(NO_OBJECT)) onObjectMissing();
    // What is tried again and refused in the same words is no news.
    if (told?.kind === refusal.kind && told.words === refusal.words) return;
    const type = refusal.kind === 'conflict' ? 'fib.conflict' : 'fib.failed';
    onRefused({ type, family, prefix: change.prefix, nextHop: name, error: refusal.words });
  }
}
