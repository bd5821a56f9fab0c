/** Payloads of one family, interned: the parts of NLRI that may change without making another route, such as labels. */
import { Interner } from '../../lib/tables/interner.ts';
import { PROCESS_KEY } from '../../lib/tables/keyed-hash.ts';
import type { NlriParts } from '../../wire/nlri-codec.ts';
import type { PayloadId } from './ids.ts';

const NOTHING = new Uint8Array(0);

/** Reference counted by paths and by what groups advertise. */
export class PayloadTable extends Interner {
  /** Octets of the longest one that there was. */
  longest = 0;
  /** The latest one: routes that arrive together often have the same. 0: it is gone. */
  private latest = 0 as PayloadId;

  constructor(key = PROCESS_KEY) {
    super([], key);
  }

  /** The id of the payload, without a holder if it is new; 0 for an empty one. */
  intern({ payload, payloadLength }: NlriParts): PayloadId {
    if (payloadLength === 0) return 0 as PayloadId;
    const { latest } = this;
    if (latest !== 0 && this.has(latest, payload, 0, payloadLength)) return latest;
    let id = this.find(payload, 0, payloadLength, 0);
    if (id === 0) {
      id = this.add(payload, 0, payloadLength, 0);
      if (payloadLength > this.longest) this.longest = payloadLength;
    }
    this.latest = id as PayloadId;
    return this.latest;
  }

  override drop(id: number): void {
    if (id === this.latest) this.latest = 0 as PayloadId;
    super.drop(id);
  }

  override hold(id: PayloadId): void {
    if (id !== 0) super.hold(id);
  }

  release(id: PayloadId): void {
    if (id !== 0 && this.letGo(id)) this.drop(id);
  }

  /** Drops a payload that was interned but not used. */
  dropUnheld(id: PayloadId): void {
    if (id !== 0 && !this.isHeld(id)) this.drop(id);
  }

  octetsOf(id: PayloadId): Uint8Array {
    if (id === 0) return NOTHING;
    const start = this.startOf(id);
    return this.pageOf(id).slice(start, start + this.lengthOf(id));
  }
}
