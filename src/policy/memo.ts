/**
 * Results of chains by what they depend on: the attribute set, the class of the prefix, and the session. A cache of
 * fixed places, in which a new result replaces an old one: its memory is bounded, and nothing is removed one by one.
 * A set is identified by its id and its serial number, because ids are used again.
 */

/** Places at first, and at most; doubled when as many results were added. */
const FEWEST = 1 << 10;
const MOST = 1 << 17;
const FIELDS = 8;

export class Memo {
  private slots = new Uint32Array(FEWEST * FIELDS);
  private added = 0;
  private at = 0;

  /** Looks a result up; `outcome` and `used` are valid after true, and `put` may follow false. */
  find(chain: number, set: number, serial: number, prefixClass: number, session: number): boolean {
    const { slots } = this;
    // Sets are numbered in the order of their arrival: results that are made one after another are close together.
    let hash = Math.imul(prefixClass + (chain << 10), 0x85ebca6b) ^ Math.imul(session, 0xc2b2ae35);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    const at = (((set + (hash ^ (hash >>> 13))) >>> 0) & (slots.length / FIELDS - 1)) * FIELDS;
    this.at = at;
    return (
      slots[at] === chain &&
      slots[at + 1] === set &&
      slots[at + 2] === serial &&
      slots[at + 3] === prefixClass &&
      slots[at + 4] === session
    );
  }

  /** The rule and the weight (`outcomeOf`) of the last result found or put. */
  get outcome(): number {
    return this.slots[this.at + 5];
  }

  /** The resulting set and its serial; 0: it is not made yet. */
  get used(): number {
    return this.slots[this.at + 6];
  }

  get usedSerial(): number {
    return this.slots[this.at + 7];
  }

  /** Keeps the result that the last `find` did not find. */
  put(chain: number, set: number, serial: number, prefixClass: number, session: number, outcome: number): void {
    if (++this.added > this.slots.length / FIELDS && this.slots.length < MOST * FIELDS) {
      // The results are made again as they are asked for.
      this.slots = new Uint32Array(this.slots.length * 2);
      this.added = 0;
      this.find(chain, set, serial, prefixClass, session);
    }
    const { slots, at } = this;
    slots[at] = chain;
    slots[at + 1] = set;
    slots[at + 2] = serial;
    slots[at + 3] = prefixClass;
    slots[at + 4] = session;
    slots[at + 5] = outcome;
    slots[at + 6] = slots[at + 7] = 0;
  }

  /** Notes the set that the last result found or put leads to. */
  setUsed(used: number, serial: number): void {
    this.slots[this.at + 6] = used;
    this.slots[this.at + 7] = serial;
  }

  bytes(): number {
    return this.slots.byteLength;
  }
}
