/** One BGP next hop, or several that share the traffic (ECMP), with its state in the kernel. */

import type { Discard } from '../../spec/fib.ts';
import type { ObjectContent, Target, Via } from '../port/ports.ts';

/** A next hop of a group, and its share of the traffic. */
export interface Member {
  readonly nextHop: NextHop;
  readonly weight: number;
}

export class NextHop {
  /** Its id in the rib. */
  readonly id: number;
  /** The name from `BestRoutes.formatNextHop`. */
  name: string;
  /** Members of a group; null for a single next hop. */
  readonly members: readonly Member[] | null;
  /** How packets are dropped (a discard next hop); null: they are not. */
  readonly discard: Discard | null;
  /** Number of pending operations, installed routes and groups that use it. */
  users = 0;
  /** Its nexthop object; 0: none yet, or routes have their own gateway. */
  objectId = 0;
  /** It gets no object because the range of ids is exhausted: routes have their own gateway. */
  isBare = false;
  /** Key of the content of the kernel's object; '': the object is not known to exist. */
  written = '';
  /** Why it is unreachable; '' when it is reachable or not resolved yet. */
  words = '';
  /** It is unreachable because the kernel refused its object. */
  refused = false;
  /** It has been resolved. */
  asked = false;
  /** An event has reported that it is unreachable. */
  reported = false;
  /** An event has reported a route to a prefix that contains it. */
  warnedInside = false;
  /** Counts how often the kernel removed all routes that led to it. */
  losses = 0;
  private via: Via | null = null;

  constructor(id: number, name: string, members: readonly Member[] | null, discard: Discard | null = null) {
    this.id = id;
    this.name = name;
    this.members = members;
    this.discard = discard;
    if (discard !== null) this.reach(null);
  }

  get reached(): boolean {
    return this.asked && this.words === '';
  }

  /** The target of a route with this next hop; only while it is reachable. */
  get target(): Target {
    if (this.discard !== null) return { kind: 'discard', how: this.discard };
    if (this.objectId !== 0) return { kind: 'object', id: this.objectId };
    if (this.members === null) return { kind: 'via', via: this.via as Via };
    return { kind: 'paths', paths: this.live.map(({ nextHop, weight }) => ({ via: nextHop.via as Via, weight })) };
  }

  /** The content of its object; null when it must have none. */
  get content(): ObjectContent | null {
    if (!this.reached || this.discard !== null) return null;
    if (this.members === null) return { kind: 'via', via: this.via as Via };
    const members = this.live.map(({ nextHop, weight }) => ({ id: nextHop.objectId, weight }));
    return members.some((member) => member.id === 0) ? null : { kind: 'group', members };
  }

  /** It is reachable by this neighbor. */
  reach(via: Via | null): void {
    this.asked = true;
    this.via = via;
    this.words = '';
    this.refused = false;
    this.reported = false;
  }

  lose(words: string): void {
    this.asked = true;
    this.refused = false;
    this.words = words;
  }

  /** A group is reachable while one of its members is. */
  followMembers(): void {
    if (this.live.length > 0) this.reach(null);
    else this.lose(this.members?.[0]?.nextHop.words ?? 'it has no next hop');
  }

  private get live(): readonly Member[] {
    return (this.members ?? []).filter((member) => member.nextHop.reached);
  }
}
