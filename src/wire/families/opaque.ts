/**
 * Families that are configured by number: only the end of an NLRI is known. All of its octets are the key, so the routes
 * of a family that did not exist when this was written are stored, compared and reflected as they are.
 */
import { putBytes } from '../bytes.ts';
import { NLRI, type NlriCodec, type NlriFields, type NlriParts } from '../nlri-codec.ts';
import { KeyCodec } from './parts/base-codecs.ts';
import { octetsOf, putBits } from './parts/prefix-bits.ts';

/**
 * How the end is found: by a length of 1 octet in bits, which counts what follows (RFC 4760 5; bits behind it are
 * irrelevant and become zero); by one in octets; by a type of 1 octet and a length of 1 in octets (RFC 7432 7); or the
 * attribute carries one NLRI, which is everything behind the header.
 */
export const FRAMINGS = ['length-bits', 'length-octets', 'type-length', 'whole-attribute'] as const;
export type Framing = (typeof FRAMINGS)[number];

/** Position behind the NLRI at `at`, which has at least one octet. */
const ENDS: Readonly<Record<Framing, (bytes: Uint8Array, at: number, end: number) => number>> = {
  'length-bits': (bytes, at) => at + 1 + octetsOf(bytes[at]),
  'length-octets': (bytes, at) => at + 1 + bytes[at],
  'type-length': (bytes, at, end) => (at + 2 > end ? end + 1 : at + 2 + bytes[at + 1]),
  'whole-attribute': (_bytes, _at, end) => end,
};

class OpaqueCodec extends KeyCodec {
  readonly alone: boolean;
  private readonly endOf: (bytes: Uint8Array, at: number, end: number) => number;
  private readonly inBits: boolean;

  constructor(framing: Framing) {
    super('octets such as 0x180a0000');
    this.endOf = ENDS[framing];
    this.alone = framing === 'whole-attribute';
    this.inBits = framing === 'length-bits';
  }

  read(bytes: Uint8Array, at: number, end: number, _withdrawn: boolean, parts: NlriParts): number {
    const next = at < end ? this.endOf(bytes, at, end) : -1;
    if (next < 0 || next > end) return -1;
    parts.payloadLength = 0;
    parts.verdict = NLRI.ok;
    parts.key[0] = bytes[at];
    parts.keyLength = this.inBits
      ? putBits(parts.key, 1, bytes, at + 1, bytes[at])
      : putBytes(parts.key, 1, bytes, at + 1, next);
    return next;
  }

  protected writeKey(key: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number {
    return putBytes(out, at, key, start, end);
  }

  fields(): NlriFields {
    return {};
  }

  protected show(): null {
    return null;
  }

  protected take(): null {
    return null;
  }
}

const CODECS = new Map<Framing, NlriCodec>(FRAMINGS.map((framing) => [framing, new OpaqueCodec(framing)]));

/** The codec of a family with this framing; always the same one. */
export function opaqueCodec(framing: Framing): NlriCodec {
  return CODECS.get(framing)!;
}
