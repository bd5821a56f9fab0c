/**
 * Sends a block of operations to the kernel and passes its answers to the plan. Next hops are prepared first;
 * operations that need no kernel call are answered at once. The kernel is passed in.
 */
import type { FamilyId } from '../../wire/families.ts';
import type { NextHop } from '../next-hops/next-hop.ts';
import type { NextHops } from '../next-hops/next-hops.ts';
import type { FibPlan } from '../plan/plan.ts';
import type { FibEvent } from '../port/driver-options.ts';
import type { BestRoutes, Fib, FibSchedule, Refusal, RouteChange } from '../port/ports.ts';
import { targetKey } from '../port/targets.ts';
import type { FibOperation } from '../port/types.ts';

/** The kernel's answer to a route whose nexthop object another program removed. */
const NO_OBJECT = 'Nexthop id does not exist';

interface CourierOptions {
  readonly plan: FibPlan;
  readonly nextHops: NextHops;
  readonly best: BestRoutes;
  readonly port: Fib;
  readonly schedule: Pick<FibSchedule, 'nowMs'>;
  readonly onRefused: (event: FibEvent) => void;
  /** Next hops must be resolved again. */
  readonly onObjectMissing: () => void;
}

/** An operation that was sent, with the number of times that its next hop had lost its routes by then. */
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
   * Sends the operations, and returns each of them to the plan.
   * @returns why the kernel could not be reached, or null
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

  /** Answers an operation that needs no kernel call, or converts it to a change. */
  private sort(operation: FibOperation, sent: Sent[]): void {
    const { plan, nextHops, best, schedule } = this.options;
    const prefix = best.formatPrefix(operation.family, operation.prefix);
    if (operation.kind === 'delete') {
      sent.push({ operation, change: { kind: 'delete', prefix, metric: null }, losses: 0 });
      return;
    }
    const nextHop = nextHops.of(operation);
    this.warnIfInside(operation, nextHop, prefix);
    if (!nextHop.reached) this.unreached(operation, nextHop, prefix);
    else if (operation.adopted === targetKey(nextHop.target)) plan.completed(operation, null, schedule.nowMs());
    else {
      const change: RouteChange = { kind: 'set', prefix, to: nextHop.target, owned: operation.owned };
      sent.push({ operation, change, losses: nextHop.losses });
    }
  }

  /** A next hop inside its prefix is resolved by other routes, or not at all; reported once per next hop. */
  private warnIfInside({ family, prefix: id }: FibOperation, nextHop: NextHop, prefix: string): void {
    if (nextHop.warnedInside || !this.options.best.isInside?.(family, id, nextHop.id)) return;
    nextHop.warnedInside = true;
    this.options.onRefused({ type: 'fib.next-hop-inside', prefix, nextHop: nextHop.name });
  }

  /** Reports an unreachable next hop once, not once per route. */
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
    const isUncertain = refusal === null && isOutdated(nextHops.of(operation), change, losses);
    const name = refusal === null || nextHop === 0 ? '' : best.formatNextHop(nextHop);
    const before = plan.of(family).refusal(prefix);
    plan.completed(operation, refusal, schedule.nowMs());
    if (isUncertain) plan.of(family).reinstall(prefix);
    if (refusal === null) return;
    if (refusal.words.includes(NO_OBJECT)) onObjectMissing();
    // A retry that is refused with the same words is not reported again.
    if (before?.kind === refusal.kind && before.words === refusal.words) return;
    const type = refusal.kind === 'conflict' ? 'fib.conflict' : 'fib.failed';
    onRefused({ type, family, prefix: change.prefix, nextHop: name, error: refusal.words });
  }
}

/**
 * Whether a route may be another one than its next hop needs now: the kernel may have removed it again, with the object
 * that it used, or the next hop has moved while the change was under way.
 */
function isOutdated(nextHop: NextHop | undefined, change: RouteChange, losses: number): boolean {
  if (change.kind === 'delete' || nextHop === undefined) return false;
  return nextHop.losses !== losses || (nextHop.reached && targetKey(nextHop.target) !== targetKey(change.to));
}
