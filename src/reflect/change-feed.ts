/**
 * The one feed of changes of the Loc-RIB: each prefix whose paths changed, once it was decided.
 *
 *   dirty prefix ─► decision ─┬─► update groups
 *                             └─► subscribers: the kernel's plan, ...
 *
 * Without subscribers it costs a comparison per prefix. What may delay an advertisement is no subscriber but the `Gate`.
 */
import type { PrefixId } from '../rib/tables/ids.ts';
import type { FamilyId } from '../wire/families.ts';

export interface ChangeSubscriber {
  /** For the log. */
  readonly name: string;
  /**
   * The paths of a prefix have changed, and it was decided. Called in the turn, for each prefix, so it only notes what is to
   * be done later. The tables may be read; nothing that marks a prefix dirty may be done.
   * @param bestChanged false: the best path (`FamilyRib.bestOf`) and its attributes are those of the last call for the
   *   prefix, or there is none, as before; true: that may be otherwise
   */
  onDecided(family: FamilyId, prefix: PrefixId, bestChanged: boolean): void;
}

/** A subscriber threw: it has missed this change, and gets those that follow. */
export type SubscriberFault = (subscriber: ChangeSubscriber, family: FamilyId, prefix: PrefixId, error: Error) => void;

export class ChangeFeed {
  /** Replaced, never changed: subscribers may come and go during a call. */
  private subscribers: readonly ChangeSubscriber[] = [];
  private readonly onFault: SubscriberFault;

  constructor(onFault: SubscriberFault) {
    this.onFault = onFault;
  }

  get hasSubscribers(): boolean {
    return this.subscribers.length > 0;
  }

  /** The subscriber gets the changes from now on; of no effect for one that is there. */
  add(subscriber: ChangeSubscriber): void {
    if (!this.subscribers.includes(subscriber)) this.subscribers = [...this.subscribers, subscriber];
  }

  /** It gets no more; of no effect for one that is not there. */
  remove(subscriber: ChangeSubscriber): void {
    this.subscribers = this.subscribers.filter((one) => one !== subscriber);
  }

  /** Calls every subscriber, also behind one that throws. */
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
