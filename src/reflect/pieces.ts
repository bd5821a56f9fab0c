/** Encodes for the members of a group: what changed for all of them, and pieces of the table for single ones. */
import type { BitSet } from '../lib/tables/bit-set.ts';
import type { Rib } from '../rib/rib.ts';
import type { AttributesId, PayloadId, PeerId, PrefixId } from '../rib/tables/ids.ts';
import { FAMILIES } from '../wire/families.ts';
import type { Advertised } from './advertise/advertised.ts';
import type { Log } from './encode/chunks.ts';
import { Encoder } from './encode/encoder.ts';
import type { GroupKey } from './encode/group-key.ts';
import type { Packer } from './encode/packer.ts';
import { Weight } from './encode/weight.ts';
import type { Member } from './member.ts';

/** Prefixes that a snapshot, a slow or a moved member encodes at a time. */
export const PIECE = 2048;

/** Routes did not fit the longest message: they are advertised without an attribute; 0: they are not advertised. */
type OnNoRoom = (prefixes: number, dropped: number) => void;

export class Pieces {
  /** A batch that all groups use in turn. */
  readonly packer: Packer;
  private readonly encoder: Encoder;
  private readonly weight: Weight;
  private readonly advertised: Advertised;
  private readonly expendable: number;
  private readonly onNoRoom: OnNoRoom;

  constructor(key: GroupKey, rib: Rib, advertised: Advertised, packer: Packer, onNoRoom: OnNoRoom) {
    this.packer = packer;
    this.encoder = new Encoder(key, rib);
    this.weight = new Weight(rib.attributes);
    this.advertised = advertised;
    this.onNoRoom = onNoRoom;
    this.expendable = FAMILIES[key.family].expendable;
  }

  /** Whether a message has room for a route with these attributes of a path from a peer. */
  fits(set: AttributesId, source: PeerId, prefix: PrefixId, payload: PayloadId): boolean {
    const { rewriter } = this.encoder;
    return rewriter.octetsOf(prefix, payload) <= rewriter.roomsOf(set, source).reduced;
  }

  /** Encodes a batch into a log, and empties it. */
  encode(batch: Packer, log: Log): void {
    const { encoder } = this;
    encoder.target = log;
    batch.drain(encoder);
    const { tooLong, reduced } = encoder;
    encoder.tooLong = encoder.reduced = 0;
    if (tooLong > 0) this.onNoRoom(tooLong, 0);
    if (reduced > 0) this.onNoRoom(reduced, this.expendable);
  }

  /** Encodes a piece of what is advertised, with ids in [from, end); returns where to continue. */
  encodeAdvertised(from: number, end: number, log: Log): number {
    const { packer, weight, advertised } = this;
    weight.reset();
    let id = from;
    for (; id < end && !weight.isReached(packer); id++) advertised.announce(id as PrefixId, packer);
    this.encode(packer, log);
    return id;
  }

  /** Encodes a piece of the current state of the prefixes in `owed`, from id `from` on; returns where to continue. */
  encodeOwed({ peer, membership }: Member, owed: BitSet, from: number, log: Log): number {
    const { packer, weight, advertised } = this;
    let prefix = owed.nextFrom(from);
    if (prefix < 0) prefix = owed.nextFrom(0);
    let count = 0;
    weight.reset();
    for (; prefix >= 0 && count < PIECE && !weight.isReached(packer); prefix = owed.nextFrom(prefix + 1)) {
      advertised.restate(prefix as PrefixId, peer, membership, packer);
      owed.delete(prefix);
      count++;
    }
    this.encode(packer, log);
    return Math.max(0, prefix);
  }
}
