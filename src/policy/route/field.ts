/** A list attribute that policy reads and rewrites: the bytes of the route at first, then buffers of its own. */
import { putBytes } from '../../wire/bytes.ts';

/** Maximum octets of the value of an attribute. */
const LONGEST = 65_535;

export class Field {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  changed = false;
  /** The result does not fit an attribute: the route is rejected. */
  overflows = false;
  /** Written in turn, so that a rewrite can read the previous value; made by the first rewrite. */
  private buffers: [Uint8Array, Uint8Array] | null = null;
  private out: Uint8Array = this.bytes;
  private at = 0;

  /** Starts with the value `bytes[start, end)` of the route. */
  open(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.changed = this.overflows = false;
  }

  /** Starts a rewrite: the value is what is put until `finish`. */
  begin(): void {
    this.buffers ??= [new Uint8Array(LONGEST), new Uint8Array(LONGEST)];
    this.out = this.buffers[this.bytes === this.buffers[0] ? 1 : 0];
    this.at = 0;
  }

  put(bytes: ArrayLike<number>, start: number, end: number): void {
    if (this.at + end - start > LONGEST) {
      this.overflows = true;
      return;
    }
    this.at = putBytes(this.out, this.at, bytes as Uint8Array, start, end);
  }

  finish(): void {
    this.bytes = this.out;
    this.start = 0;
    this.end = this.at;
    this.changed = true;
  }
}
