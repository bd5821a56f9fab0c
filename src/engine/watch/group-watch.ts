/** Reports events of update groups: slow members, and paths that are not advertised. */
import type { Clock } from '../../lib/clock.ts';
import type { GroupListener, GroupMember, UpdateGroup } from '../../reflect/group.ts';
import { attributeName } from '../../wire/attributes/attribute-table.ts';
import { FAMILIES } from '../../wire/families.ts';
import type { EventSink } from '../events/events.ts';

export class GroupWatch implements GroupListener {
  private readonly slowSinceMs = new WeakMap<GroupMember, number>();
  private readonly clock: Clock;
  private readonly events: EventSink;

  private readonly whenAllAdvertised: () => void;

  /** @param whenAllAdvertised called when all routes were sent to a peer */
  constructor(clock: Clock, events: EventSink, whenAllAdvertised: () => void) {
    this.whenAllAdvertised = whenAllAdvertised;
    this.clock = clock;
    this.events = events;
  }

  onSlow(member: GroupMember): void {
    this.slowSinceMs.set(member, this.clock.nowMs());
    this.events.emit({ name: 'peer.slow', ...namesOf(member), lagBytes: member.group.slowAfterBytes });
  }

  onCaughtUp(member: GroupMember): void {
    const sinceMs = this.slowSinceMs.get(member);
    this.slowSinceMs.delete(member);
    if (sinceMs === undefined) return;
    const slowSeconds = Math.round((this.clock.nowMs() - sinceMs) / 1000);
    this.events.emit({ name: 'peer.caught-up', ...namesOf(member), slowSeconds });
  }

  onEndOfRib(member: GroupMember): void {
    const prefixes = member.advertisedCount;
    this.events.emit({ name: 'family.end-of-rib', ...namesOf(member), direction: 'sent', prefixes });
    this.whenAllAdvertised();
  }

  onNoRoom({ id, key }: UpdateGroup, prefixes: number, dropped: number): void {
    const common = { group: id, family: FAMILIES[key.family].name, prefixes, octets: key.maxMessage };
    if (dropped === 0) this.events.emit({ name: 'group.too-long', ...common });
    else this.events.emit({ name: 'group.attribute-dropped', ...common, attribute: attributeName(dropped) });
  }

  onPathsCut(group: UpdateGroup): void {
    const { select } = group.key;
    if (select.kind !== 'paths') return;
    const family = FAMILIES[group.key.family].name;
    const prefixes = group.advertised.cutPrefixes;
    this.events.emit({ name: 'group.paths-cut', group: group.id, family, prefixes, limit: select.limit });
  }
}

function namesOf(member: GroupMember): { peer: string; family: string } {
  return { peer: member.peer.name, family: FAMILIES[member.group.key.family].name };
}
