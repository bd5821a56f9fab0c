/**
 * The feed of changes of the Loc-RIB: each prefix whose paths have changed, once it is decided.
 *
 *   dirty prefix ─► decision ─┬─► update groups
 *                             └─► subscribers: the kernel's plan, ...
 *
 * Without subscribers it costs a comparison per prefix. A subscriber cannot delay an advertisement; the `Gate` can.
 */
import type { PrefixId } from '../rib/tables/ids.ts';
import type { FamilyId } from '../wire/families.ts';

export interface ChangeSubscriber {
  /** Name of the subscriber in the log. */
  readonly name: string;
  /**
   * The paths of a prefix have changed, and it is decided. Called within the turn, for each prefix, so it should only
   * note work for later. It may read the tables, and must not mark prefixes dirty.
   * @param bestChanged false: the best path (`FamilyRib.bestOf`) and its attributes are those of the last call for the
   *   prefix, or there is still none; true: they may have changed
   */
  onDecided(family: FamilyId, prefix: PrefixId, bestChanged: boolean): void;
}

/** Called when a subscriber throws: it misses this change, and receives the following ones. */
type SubscriberFault = (subscriber: ChangeSubscriber, family: FamilyId, prefix: PrefixId, error: Error) => void;

export class ChangeFeed {
  /** Replaced, never modified: subscribers may be added and removed during a call. */
  private subscribers: readonly ChangeSubscriber[] = [];
  private readonly onFault: SubscriberFault;

  constructor(onFault: SubscriberFault) {
    this.onFault = onFault;
  }

  get hasSubscribers(): boolean {
    return this.subscribers.length > 0;
  }

  /** Adds a subscriber, which receives the changes from now on; adding it again has no effect. */
  add(subscriber: ChangeSubscriber): void {
    if (!this.subscribers.includes(subscriber)) this.subscribers = [...this.subscribers, subscriber];
  }

  /** Removes a subscriber; removing an unknown one has no effect. */
  remove(subscriber: ChangeSubscriber): void {
    this.subscribers = this.subscribers.filter((one) => one !== subscriber);
  }

  /** Calls every subscriber, also after one that throws. */
  publish(family: FamilyId, prefix: PrefixId, bestChanged: boolean): void {
    const { subscribers } = this;
    for (let i = 0; i < subscribers.length; i++) {
      try {
        subscribers[i].onDecided(family, prefix, bestChanged);
      } catch (thrown) {
        const error = thrown instanceof Error ? thrown : new Error(String(thrown));
        this.onFault(subscribers[i], family, prefix, error);
      }
    }
  }
}
