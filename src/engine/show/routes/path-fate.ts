/** Why a group does or does not advertise a path: the questions of `explain`, which are asked of single paths. */
import { Eligible, type SetTest } from '../../../reflect/advertise/advertised.ts';
import { PathIdentities } from '../../../reflect/advertise/identity.ts';
import type { GroupMember, UpdateGroup } from '../../../reflect/group.ts';
import type { Rib } from '../../../rib/rib.ts';
import type { PathId, PrefixId } from '../../../rib/tables/ids.ts';

export class PathFate {
  private readonly group: UpdateGroup;
  private readonly eligible: Eligible;
  private readonly identities: PathIdentities;

  constructor(rib: Rib, group: UpdateGroup) {
    this.group = group;
    this.eligible = new Eligible(group.key, rib, group.rib);
    this.identities = new PathIdentities(group.rib, rib);
  }

  /** Why a path is not advertised to the members; a value of HELD_BACK. */
  heldBackOf(path: PathId): number {
    return this.eligible.why(path);
  }

  /** Whether a message to the members has room for a path. */
  fits(prefix: PrefixId, path: PathId): boolean {
    const { pieces, rib } = this.group;
    const [source, payload] = [rib.paths.peerOf(path), rib.paths.payloadOf(path)];
    return this.isExported(path, (set) => pieces.fits(set, source, prefix, payload));
  }

  /** Whether a member asks for a path by its route targets (RFC 4684). */
  isAsked(path: PathId, { membership }: GroupMember): boolean {
    return membership === null || this.isExported(path, (set) => membership.wantsSet(set));
  }

  /** Whether a path that is not advertised itself is advertised by another way that it was received by. */
  isAdvertisedOtherWay(prefix: PrefixId, path: PathId): boolean {
    const { identities, group } = this;
    const own = group.rib.paths.peerOf(path);
    let found = false;
    group.advertised.each(prefix, (set, source) => {
      found ||= this.isExported(
        path,
        (exported) =>
          identities.haveSameNextHop(set, exported) &&
          identities.haveSameOriginator(set, source, exported, own) &&
          identities.differInWayOnly(set, exported),
      );
    });
    return found;
  }

  private isExported(path: PathId, test: SetTest): boolean {
    const set = this.eligible.exportedOf(path);
    const result = test(set);
    this.eligible.giveUp(set);
    return result;
  }
}
