/** Values of extended communities that are several numbers, in their order, and named flags behind them. */
import { formatIpv4, parseIpv4 } from '../../lib/ip.ts';
import { fromDecimal } from '../bytes.ts';
import type { ExtendedValue } from './values.ts';

/** Octets of a value. */
const VALUE = 6;

interface Part {
  /** Its first octet, and how many it has. */
  readonly at: number;
  readonly octets: 1 | 2 | 3 | 4;
  /** Bits that are not part of the number. */
  readonly masked: number;
  readonly names: readonly string[];
  readonly isAddress: boolean;
}

interface Flags {
  readonly at: number;
  readonly octets: 1 | 2;
  readonly names: readonly (readonly [bit: number, name: string])[];
}

function part(at: number, octets: Part['octets'], more: Partial<Part> = {}): Part {
  return { at, octets, masked: 0, names: [], isAddress: false, ...more };
}

function read(bytes: Uint8Array, at: number, octets: number): number {
  let value = 0;
  for (let i = 0; i < octets; i++) value = value * 256 + bytes[at + i];
  return value;
}

function put(value: Uint8Array, at: number, octets: number, number: number): void {
  for (let i = octets - 1, left = number; i >= 0; i--, left = Math.floor(left / 256)) value[at + i] |= left % 256;
}

function showPart(bytes: Uint8Array, start: number, { at, octets, masked, names, isAddress }: Part): string {
  const number = read(bytes, start + at, octets);
  if (isAddress) return formatIpv4(number);
  const value = masked === 0 ? number : number & ~masked;
  return names[value] ?? String(value);
}

function takePart(text: string | undefined, { octets, masked, names, isAddress }: Part): number | null {
  if (text === undefined) return null;
  if (isAddress) return parseIpv4(text);
  const named = names.indexOf(text);
  return named >= 0 ? named : fromDecimal(text, 256 ** octets - 1 - masked);
}

/** `1500:primary:control-word`: the parts, then the flags that are set. Octets that are in neither are zero. */
function sequence(parts: readonly Part[], flags: Flags = { at: 0, octets: 1, names: [] }): ExtendedValue {
  return {
    format: (bytes, at) => {
      const set = read(bytes, at + flags.at, flags.octets);
      const names = flags.names.flatMap(([bit, name]) => ((set & bit) === 0 ? [] : [name]));
      return [...parts.map((one) => showPart(bytes, at, one)), ...names].join(':') || 'none';
    },
    parse: (text) => {
      const value = new Uint8Array(VALUE);
      const texts = text === 'none' && parts.length === 0 ? [] : text.split(':');
      for (const [i, one] of parts.entries()) {
        const number = takePart(texts[i], one);
        if (number === null) return null;
        put(value, one.at, one.octets, number);
      }
      for (const name of texts.slice(parts.length)) {
        const flag = flags.names.find(([, each]) => each === name);
        if (flag === undefined) return null;
        put(value, flags.at, flags.octets, flag[0]);
      }
      return value;
    },
  };
}

/** `1500:primary:control-word`: MTU and control flags (RFC 8214 3.1). */
export const layer2Attributes = sequence([part(2, 2)], {
  at: 0,
  octets: 2,
  names: [
    [0x02, 'primary'],
    [0x01, 'backup'],
    [0x04, 'control-word'],
  ],
});

/** `highest-preference:32767:dont-preempt`: algorithm, preference, capabilities (RFC 8584 2.2, RFC 9785 3, RFC 9722 2). */
export const dfElection = sequence(
  [
    part(0, 1, { masked: 0xe0, names: ['modulo', 'highest-random-weight', 'highest-preference', 'lowest-preference'] }),
    part(4, 2),
  ],
  {
    at: 1,
    octets: 2,
    names: [
      [0x8000, 'dont-preempt'],
      [0x4000, 'ac-influenced'],
      [0x1000, 'time-synchronized'],
    ],
  },
);

/** `igmp-proxy:mld-proxy` (RFC 9251 9.4). */
export const multicastFlags = sequence([], {
  at: 0,
  octets: 2,
  names: [
    [0x01, 'igmp-proxy'],
    [0x02, 'mld-proxy'],
  ],
});

/** `1700000000:32768`: seconds, and 65,536ths of one (RFC 9722 2.1). */
export const carvingTime = sequence([part(0, 4), part(4, 2)]);

/** `0:100`: units and weight (draft-ietf-bess-evpn-unequal-lb 4). */
export const evpnBandwidth = sequence([part(0, 1), part(2, 4)]);

/** `0.0.0.0:5:1`: area, route type, options (RFC 4577 4.2.6). */
export const ospfRouteType = sequence([part(0, 4, { isAddress: true }), part(4, 1), part(5, 1)]);

/** `192.0.2.1`, `192.0.2.1:copy` (draft-ietf-idr-flowspec-redirect-ip 3). */
export const redirectAddress = sequence([part(0, 4, { isAddress: true })], {
  at: 4,
  octets: 2,
  names: [[0x01, 'copy']],
});

/** `100:255:7`: service path, service index, service function type (RFC 9015 7.4). */
export const servicePath = sequence([part(0, 3), part(3, 1), part(4, 2)]);
