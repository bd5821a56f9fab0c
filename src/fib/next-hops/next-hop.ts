/** One BGP next hop, or several that share the traffic, as the kernel side knows it. */

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
  /** What `BestRoutes.formatNextHop` calls it. */
  name: string;
  /** Of a group; null for a single next hop. */
  readonly members: readonly Member[] | null;
  /** Packets to it are dropped this way; null: they are not. */
  readonly discard: Discard | null;
  /** Operations under way, routes installed and groups that lead to it. */
  users = 0;
  /** Its nexthop object; 0: none (yet), or routes say themselves where they lead. */
  objectId = 0;
  /** It gets none, as there are no more ids: routes say themselves where they lead. */
  isBare = false;
  /** Key of what the kernel's object stands for; '': it is not known to be there. */
  written = '';
  /** Why it is not reached; '' when it is, or before anybody asked. */
  words = '';
  /** It is not, because the kernel refused its object. */
  refused = false;
  /** Somebody has asked how it is reached. */
  asked = false;
  /** The operator was told that it is not reached. */
  reported = false;
  /** The operator was told of a route to a prefix that it lies inside. */
  doubted = false;
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

  /** Where a route to it leads; only while it is reached. */
  get target(): Target {
    if (this.discard !== null) return { kind: 'discard', how: this.discard };
    if (this.objectId !== 0) return { kind: 'object', id: this.objectId };
    if (this.members === null) return { kind: 'via', via: this.via as Via };
    return { kind: 'paths', paths: this.live.map(({ nextHop, weight }) => ({ via: nextHop.via as Via, weight })) };
  }

  /** What its object stands for; null when it has to have none. */
  get content(): ObjectContent | null {
    if (!this.reached || this.discard !== null) return null;
    if (this.members === null) return { kind: 'via', via: this.via as Via };
    const members = this.live.map(({ nextHop, weight }) => ({ id: nextHop.objectId, weight }));
    return members.some((member) => member.id === 0) ? null : { kind: 'group', members };
  }

  /** It is reached this way. */
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

  /** A group is reached while one of its members is. */
  followMembers(): void {
    if (this.live.length > 0) this.reach(null);
    else this.lose(this.members?.[0]?.nextHop.words ?? 'it has no next hop');
  }

  private get live(): readonly Member[] {
    return (this.members ?? []).filter((member) => member.nextHop.reached);
  }
}
