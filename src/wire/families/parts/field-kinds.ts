/**
 * The kinds of fields that typed NLRI (EVPN, MVPN, MUP) are built of: how many octets a field has, how it reads as text
 * and as JSON. Sizes are found without allocation; everything else is for people.
 */
import { formatAddress, parseAddress } from '../../../lib/ip.ts';
import { fromColonHex, fromDecimal, fromHex, toColonHex, toHex, u24 } from '../../bytes.ts';
import type { NlriMarks, NlriPart } from '../../nlri-marks.ts';
import { LABEL, labelsOf } from './labels.ts';
import { formatBits, octetsOf, parseBits, putBits } from './prefix-bits.ts';
import { formatRd, markRd, parseRd, RD } from './route-distinguisher.ts';

type FieldValue = string | number | readonly (string | number)[];

/** Octets of a field and how many texts they were read from. */
interface Taken {
  readonly octets: Uint8Array;
  readonly texts: number;
}

export interface FieldKind {
  /** Octets of the field at `bytes[at]`, or -1: not valid, or behind `end`. `wide`: addresses have 16 octets. */
  readonly size: (bytes: Uint8Array, at: number, end: number, wide: boolean) => number;
  /** The field, one text per part, as in `[48]:[02:00:5e:00:00:01]`. */
  readonly show: (bytes: Uint8Array, at: number, end: number, wide: boolean) => readonly string[];
  /** The octets of the texts from `texts[i]` on, or null. */
  readonly take: (texts: readonly string[], i: number, wide: boolean) => Taken | null;
  /** Its values for JSON and filters. */
  readonly describe: (
    name: string,
    bytes: Uint8Array,
    at: number,
    end: number,
    wide: boolean,
  ) => Record<string, FieldValue>;
  /** What policies ask for in it; undefined: nothing. */
  readonly part?: NlriPart;
  readonly mark?: (bytes: Uint8Array, at: number, end: number, marks: NlriMarks) => void;
  /** What stands for the field in a withdrawal, if it is not part of the key: narrow, wide. */
  readonly blank: readonly [Uint8Array, Uint8Array];
  /** Its octets are a length in bits and an address, whose bits behind that length are zero in a key. */
  readonly masked: boolean;
}

const zeros = (octets: number) => [new Uint8Array(octets), new Uint8Array(octets)] as const;

/** A field of a fixed size and one text. */
function fixed(
  octets: number,
  format: (bytes: Uint8Array, at: number) => string,
  parse: (text: string) => Uint8Array | null,
  value: (bytes: Uint8Array, at: number) => FieldValue = format,
): FieldKind {
  return {
    size: (_bytes, at, end) => (at + octets <= end ? octets : -1),
    show: (bytes, at) => [format(bytes, at)],
    take: (texts, i) => one(parse(texts[i] ?? '')),
    describe: (name, bytes, at) => ({ [name]: value(bytes, at) }),
    blank: zeros(octets),
    masked: false,
  };
}

function one(octets: Uint8Array | null): Taken | null {
  return octets === null ? null : { octets, texts: 1 };
}

/** An unsigned number of up to 4 octets. */
function numeric(octets: number): FieldKind {
  const read = (bytes: Uint8Array, at: number) => numberOf(bytes, at, at + octets);
  const parse = (text: string) => {
    const value = fromDecimal(text, 2 ** (8 * octets) - 1);
    return value === null ? null : octetsOfNumber(value, octets);
  };
  return fixed(octets, (bytes, at) => String(read(bytes, at)), parse, read);
}

function numberOf(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) value = value * 256 + bytes[i];
  return value;
}

function octetsOfNumber(value: number, octets: number): Uint8Array {
  return Uint8Array.from({ length: octets }, (_, i) => Math.floor(value / 2 ** (8 * (octets - 1 - i))) & 0xff);
}

function hexadecimal(octets: number): FieldKind {
  const parse = (text: string) => {
    const found = text.startsWith('0x') ? fromHex(text.slice(2)) : null;
    return found?.length === octets ? found : null;
  };
  return fixed(octets, (bytes, at) => `0x${toHex(bytes, at, at + octets)}`, parse);
}

const MAC_BITS = 48;

/** RFC 7432 7.2: the length is 48. */
const mac: FieldKind = {
  size: (bytes, at, end) => (at + 7 <= end && bytes[at] === MAC_BITS ? 7 : -1),
  show: (bytes, at) => [String(MAC_BITS), toColonHex(bytes, at + 1, at + 7)],
  take: (texts, i) => {
    const octets = texts[i] === String(MAC_BITS) ? fromColonHex(texts[i + 1] ?? '', 6) : null;
    return octets === null ? null : { octets: Uint8Array.of(MAC_BITS, ...octets), texts: 2 };
  },
  describe: (name, bytes, at) => ({ [name]: toColonHex(bytes, at + 1, at + 7) }),
  part: 'mac',
  mark: (bytes, at, _end, marks) => {
    marks.mac = numberOf(bytes, at + 1, at + 7);
  },
  blank: zeros(7),
  masked: false,
};

/** A length of 32 or 128 bits and an address; `none`: what a length of 0 reads as, if it is valid. */
function sizedAddress(none?: { readonly text: string | null }): FieldKind {
  return {
    size: (bytes, at, end) => {
      const bits = bytes[at];
      if (at >= end || (bits !== 32 && bits !== 128 && (bits !== 0 || none === undefined))) return -1;
      return at + 1 + (bits >> 3) <= end ? 1 + (bits >> 3) : -1;
    },
    show: (bytes, at, end) => {
      if (bytes[at] !== 0) return [String(bytes[at]), formatAddress(bytes, at + 1, end)];
      return none === undefined || none.text === null ? [] : ['0', none.text];
    },
    take: (texts, i) => {
      if (none !== undefined && i >= texts.length && none.text === null) return { octets: Uint8Array.of(0), texts: 0 };
      if (texts[i] === '0' && texts[i + 1] === none?.text) return { octets: Uint8Array.of(0), texts: 2 };
      const address = parseAddress(texts[i + 1] ?? '');
      if (address === null || texts[i] !== String(8 * address.length)) return null;
      return { octets: Uint8Array.of(8 * address.length, ...address), texts: 2 };
    },
    describe: (name, bytes, at, end) => (bytes[at] === 0 ? {} : { [name]: formatAddress(bytes, at + 1, end) }),
    blank: [Uint8Array.of(32, 0, 0, 0, 0), Uint8Array.of(128, ...new Uint8Array(16))],
    masked: false,
  };
}

/** An address without a length: of the address family, or all that is left. */
function address(size: FieldKind['size']): FieldKind {
  return {
    size,
    show: (bytes, at, end) => [formatAddress(bytes, at, end)],
    take: (texts, i) => one(parseAddress(texts[i] ?? '')),
    describe: (name, bytes, at, end) => ({ [name]: formatAddress(bytes, at, end) }),
    blank: [new Uint8Array(4), new Uint8Array(16)],
    masked: false,
  };
}

/** A length in bits and an address of full size (RFC 9136 3.1). */
const paddedPrefix: FieldKind = {
  size: (bytes, at, end, wide) => {
    const size = wide ? 17 : 5;
    return at + size <= end && bytes[at] <= 8 * (size - 1) ? size : -1;
  },
  show: (bytes, at, end) => [String(bytes[at]), formatAddress(bytes, at + 1, end)],
  take: (texts, i) => {
    const found = parseAddress(texts[i + 1] ?? '');
    const bits = fromDecimal(texts[i] ?? '', found === null ? 0 : 8 * found.length);
    if (found === null || bits === null) return null;
    const octets = new Uint8Array(1 + found.length);
    octets[0] = bits;
    putBits(octets, 1, found, 0, bits);
    return { octets, texts: 2 };
  },
  describe: (name, bytes, at, end) => ({ [name]: formatBits(bytes, at + 1, bytes[at], end - at - 1) }),
  blank: zeros(5),
  masked: true,
};

/** A length in bits and as many octets as it needs. */
const prefix: FieldKind = {
  size: (bytes, at, end, wide) => {
    const bits = bytes[at];
    const size = 1 + octetsOf(bits);
    return at < end && at + size <= end && bits <= (wide ? 128 : 32) ? size : -1;
  },
  show: (bytes, at, _end, wide) => [formatBits(bytes, at + 1, bytes[at], wide ? 16 : 4)],
  take: (texts, i, wide) => one(parseBits(texts[i] ?? '', wide ? 16 : 4)),
  describe: (name, bytes, at, _end, wide) => ({ [name]: formatBits(bytes, at + 1, bytes[at], wide ? 16 : 4) }),
  blank: zeros(1),
  masked: true,
};

/**
 * A length in bits, an address, and up to 32 bits of a tunnel endpoint identifier (draft-ietf-bess-mup-safi 3.1.4). There
 * are senders that put the identifier into the lower end of its octets, so all of them count.
 */
const tunnelEndpoint: FieldKind = {
  size: (bytes, at, end, wide) => {
    const bits = bytes[at];
    const least = wide ? 128 : 32;
    const size = 1 + octetsOf(bits);
    return at < end && bits >= least && bits <= least + 32 && at + size <= end ? size : -1;
  },
  show: (bytes, at, end, wide) => {
    const id = at + (wide ? 17 : 5);
    return [String(bytes[at]), formatAddress(bytes, at + 1, id), String(numberOf(bytes, id, end))];
  },
  take: (texts, i) => {
    const found = parseAddress(texts[i + 1] ?? '');
    const bits = fromDecimal(texts[i] ?? '', 160);
    if (found === null || bits === null) return null;
    const octets = octetsOf(bits) - found.length;
    const id = octets < 0 || octets > 4 ? null : fromDecimal(texts[i + 2] ?? '', 256 ** octets - 1);
    return id === null ? null : { octets: Uint8Array.of(bits, ...found, ...octetsOfNumber(id, octets)), texts: 3 };
  },
  describe: (_name, bytes, at, end, wide) => {
    const id = at + (wide ? 17 : 5);
    return { endpoint: formatAddress(bytes, at + 1, id), teid: numberOf(bytes, id, end) };
  },
  blank: zeros(1),
  masked: false,
};

/** One or two labels to the end. An MPLS label is the upper 20 bits, a VNI all 24 (RFC 8365 5.1.3). */
function labels(most: number): FieldKind {
  return {
    ...fixed(
      LABEL,
      (bytes, at) => String(u24(bytes, at)),
      () => null,
    ),
    size: (_bytes, at, end) => {
      const octets = end - at;
      return octets >= LABEL && octets % LABEL === 0 && octets <= most * LABEL ? octets : -1;
    },
    describe: (name, bytes, at, end) => ({
      [name]: labelsOf(bytes, at, end),
      vni: Array.from({ length: (end - at) / LABEL }, (_, i) => u24(bytes, at + i * LABEL)),
    }),
    part: 'vni',
    mark: (bytes, at, end, marks) => {
      marks.vni = u24(bytes, at);
      if (at + LABEL < end) marks.secondVni = u24(bytes, at + LABEL);
    },
  };
}

/** All that is left, of at least one octet; known to its RFC only in context. */
const rest: FieldKind = {
  size: (_bytes, at, end) => (at < end ? end - at : -1),
  show: (bytes, at, end) => [`0x${toHex(bytes, at, end)}`],
  take: (texts, i) => one(texts[i]?.startsWith('0x') ? fromHex(texts[i].slice(2)) : null),
  describe: (name, bytes, at, end) => ({ [name]: `0x${toHex(bytes, at, end)}` }),
  blank: zeros(0),
  masked: false,
};

const lastAddress = sizedAddress({ text: null });

/** An address with its length, which older senders leave out at the end. */
const optionalAddress: FieldKind = {
  ...lastAddress,
  size: (bytes, at, end, wide) => (at === end ? 0 : lastAddress.size(bytes, at, end, wide)),
  blank: zeros(1),
};

/** A tunnel endpoint identifier. 0 is invalid also in a withdrawal: GoBGP 3.10 disables the family for it. */
const teid: FieldKind = { ...numeric(4), blank: [Uint8Array.of(0, 0, 0, 1), Uint8Array.of(0, 0, 0, 1)] };

export const KIND = {
  teid,
  rd: { ...fixed(RD, formatRd, parseRd), part: 'rd', mark: (bytes, at, _end, marks) => markRd(bytes, at, marks) },
  esi: fixed(
    10,
    (bytes, at) => toColonHex(bytes, at, at + 10),
    (text) => fromColonHex(text, 10),
  ),
  octet: numeric(1),
  word: numeric(4),
  hex8: hexadecimal(8),
  mac,
  /** 32 or 128 bits. */
  sizedAddress: sizedAddress(),
  /** Also none, as the last field of a text. */
  lastAddress,
  /** Also any: a wildcard (RFC 6625). */
  anyAddress: sizedAddress({ text: '*' }),
  optionalAddress,
  /** As wide as the address family says. */
  address: address((_bytes, at, end, wide) => (at + (wide ? 16 : 4) <= end ? (wide ? 16 : 4) : -1)),
  /** IPv4 or IPv6, to the end. */
  restAddress: address((_bytes, at, end) => (end - at === 4 || end - at === 16 ? end - at : -1)),
  paddedPrefix,
  prefix,
  tunnelEndpoint,
  label: labels(1),
  labels: labels(2),
  rest,
} as const satisfies Record<string, FieldKind>;
