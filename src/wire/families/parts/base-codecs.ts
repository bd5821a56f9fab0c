/** What the codecs of families share: their texts, the route distinguisher, and writing NLRI that are nothing but a key. */
import type { NlriCodec, NlriFields, NlriParts } from '../../nlri-codec.ts';
import type { NlriKind, NlriMarks } from '../../nlri-marks.ts';
import { keyText } from './key-text.ts';
import { markRd, RD, WITH_RD } from './route-distinguisher.ts';

/** A codec whose texts are made by `show` and read by `take`; what has no text is hexadecimal. */
export abstract class TextCodec {
  readonly format: NlriCodec['format'];
  readonly parse: NlriCodec['parse'];
  readonly kinds: readonly NlriKind[];
  private readonly rdAt: number;

  /**
   * @param expected what a text should be, with an example, for the error of a wrong one
   * @param rdAt where the key has its route distinguisher; -1: it has none
   */
  constructor(expected: string, rdAt = -1) {
    this.rdAt = rdAt;
    this.kinds = rdAt < 0 ? [] : WITH_RD;
    const texts = keyText({ show: (key) => this.show(key), take: (text) => this.take(text), expected });
    this.format = texts.format;
    this.parse = texts.parse;
  }

  mark(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    _payload: Uint8Array,
    _payloadStart: number,
    _payloadEnd: number,
    marks: NlriMarks,
  ): void {
    const { rdAt } = this;
    if (rdAt >= 0 && keyStart + rdAt + RD <= keyEnd) markRd(key, keyStart + rdAt, marks);
  }

  /** The readable text of a key; null: its octets have none. */
  protected abstract show(key: Uint8Array): string | null;
  /** The key of a readable text, or null. */
  protected abstract take(text: string): Uint8Array | null;
}

/** A codec of NLRI that have no payload. */
export abstract class KeyCodec extends TextCodec implements NlriCodec {
  write(
    key: Uint8Array,
    keyStart: number,
    keyLength: number,
    _payload: Uint8Array,
    _payloadStart: number,
    _payloadLength: number,
    out: Uint8Array,
    at: number,
  ): number {
    return this.writeKey(key, keyStart, keyStart + keyLength, out, at);
  }

  abstract read(bytes: Uint8Array, at: number, end: number, withdrawn: boolean, parts: NlriParts): number;
  abstract fields(key: Uint8Array): NlriFields;
  /** Writes the NLRI of `key[start, end)` at `out[at]`; returns the position behind it. */
  protected abstract writeKey(key: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number;
}
