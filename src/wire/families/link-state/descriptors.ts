/** The descriptors of BGP-LS NLRI (RFC 9552 5.2, RFC 9086, RFC 9514, RFC 9857): names, and how their values read. */
import { formatAddress, formatIpv4, parseAddress, parseIpv4 } from '../../../lib/ip.ts';
import { fromDecimal, fromHex, put16, put32, toHex, u16, u32 } from '../../bytes.ts';
import { formatBits, octetsOf, parseBits } from '../parts/prefix-bits.ts';

interface Descriptor {
  readonly type: number;
  readonly name: string;
  /** Text of `bytes[start, end)`. One that `parse` does not read back to the same octets is not used. */
  readonly format: (bytes: Uint8Array, start: number, end: number, wide: boolean) => string;
  readonly parse: (text: string) => Uint8Array | null;
}

function row(type: number, name: string, format: Descriptor['format'], parse: Descriptor['parse']): Descriptor {
  return { type, name, format, parse };
}

function number32(type: number, name: string): Descriptor {
  const parse = (text: string) => words(fromDecimal(text, 0xffffffff));
  return row(type, name, (bytes, start) => String(u32(bytes, start)), parse);
}

function dotted(type: number, name: string): Descriptor {
  return row(
    type,
    name,
    (bytes, start) => formatIpv4(u32(bytes, start)),
    (text) => words(parseIpv4(text)),
  );
}

function words(...values: readonly (number | null)[]): Uint8Array | null {
  const octets = new Uint8Array(4 * values.length);
  for (const [i, value] of values.entries()) {
    if (value === null) return null;
    put32(octets, 4 * i, value);
  }
  return octets;
}

function address(type: number, name: string): Descriptor {
  const format = (bytes: Uint8Array, start: number, end: number) =>
    end - start === 4 || end - start === 16 ? formatAddress(bytes, start, end) : hexadecimal(bytes, start, end);
  return row(type, name, format, parseAddress);
}

export function hexadecimal(bytes: Uint8Array, start: number, end: number): string {
  return `0x${toHex(bytes, start, end)}`;
}

/** RFC 9552 5.2.1.4: of OSPF 4 octets, or 8 with the designated router; of IS-IS 6, or 7 with the pseudonode. */
function formatRouter(bytes: Uint8Array, start: number, end: number): string {
  const system = () => [0, 2, 4].map((i) => toHex(bytes, start + i, start + i + 2)).join('.');
  switch (end - start) {
    case 4:
      return formatIpv4(u32(bytes, start));
    case 6:
      return system();
    case 7:
      return `${system()}.${toHex(bytes, end - 1, end)}`;
    case 8:
      return `${formatIpv4(u32(bytes, start))}:${formatIpv4(u32(bytes, start + 4))}`;
    default:
      return hexadecimal(bytes, start, end);
  }
}

function parseRouter(text: string): Uint8Array | null {
  if (/^[0-9a-f]{4}(\.[0-9a-f]{4}){2}(\.[0-9a-f]{2})?$/.test(text)) return fromHex(text.replaceAll('.', ''));
  return words(...text.split(':').map(parseIpv4));
}

function formatTopologies(bytes: Uint8Array, start: number, end: number): string {
  return Array.from({ length: (end - start) >> 1 }, (_, i) => u16(bytes, start + 2 * i)).join('+');
}

function parseTopologies(text: string): Uint8Array | null {
  const numbers = text.split('+').map((each) => fromDecimal(each, 0xffff));
  const octets = new Uint8Array(2 * numbers.length);
  for (const [i, number] of numbers.entries()) {
    if (number === null) return null;
    put16(octets, 2 * i, number);
  }
  return octets;
}

function formatReachability(bytes: Uint8Array, start: number, end: number, wide: boolean): string {
  const width = wide ? 16 : 4;
  const isWhole = start < end && bytes[start] <= 8 * width && end - start === 1 + octetsOf(bytes[start]);
  return isWhole ? formatBits(bytes, start + 1, bytes[start], width) : hexadecimal(bytes, start, end);
}

/** In node descriptors, in links, in prefixes, and in SRv6 SIDs. */
const TABLE: readonly Descriptor[] = [
  number32(512, 'as'),
  dotted(513, 'bgp-ls-id'),
  dotted(514, 'area'),
  row(515, 'router', formatRouter, parseRouter),
  dotted(516, 'bgp-router-id'),
  number32(517, 'confederation-member'),
  row(
    258,
    'link-id',
    (bytes, start) => `${u32(bytes, start)}:${u32(bytes, start + 4)}`,
    (text) => words(...text.split(':').map((each) => fromDecimal(each, 0xffffffff))),
  ),
  address(259, 'interface'),
  address(260, 'neighbor'),
  address(261, 'interface-ipv6'),
  address(262, 'neighbor-ipv6'),
  row(263, 'topology', formatTopologies, parseTopologies),
  row(
    264,
    'ospf-route-type',
    (bytes, start) => String(bytes[start]),
    (text) => (fromDecimal(text, 255) === null ? null : Uint8Array.of(Number(text))),
  ),
  row(265, 'prefix', formatReachability, (text) => parseBits(text, text.includes(':') ? 16 : 4)),
  address(518, 'sid'),
];

/** The row of a type, or undefined. */
export function descriptorOf(type: number): Descriptor | undefined {
  return TABLE.find((each) => each.type === type);
}

/** The row with a name, or undefined. */
export function descriptorNamed(name: string): Descriptor | undefined {
  return TABLE.find((each) => each.name === name);
}

export const NLRI_TYPES: Readonly<Record<number, string>> = {
  1: 'node',
  2: 'link',
  3: 'ipv4-prefix',
  4: 'ipv6-prefix',
  5: 'te-policy',
  6: 'srv6-sid',
};

export const PROTOCOLS: Readonly<Record<number, string>> = {
  1: 'isis-level-1',
  2: 'isis-level-2',
  3: 'ospfv2',
  4: 'direct',
  5: 'static',
  6: 'ospfv3',
  7: 'bgp',
  8: 'rsvp-te',
  9: 'segment-routing',
};
