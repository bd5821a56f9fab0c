/**
 * "Administrator:number" in six octets, which route distinguishers (RFC 4364 4.2) and extended communities (RFC 4360 3,
 * RFC 5668 2) share: an AS number of 2 octets with a number of 4, or an IPv4 address or an AS number of 4 octets with a
 * number of 2. The form is in the type in front of them.
 *
 * As text: `65000:1`, `192.0.2.1:1`, `4200000000:1`; an AS number of 4 octets that would fit 2 is `65000L:1`.
 */
import { formatIpv4, parseIpv4 } from '../../lib/ip.ts';
import { fromDecimal, put16, put32, u16, u32 } from '../bytes.ts';

/** The forms, with the numbers that both registries give them. */
export const FORM = { as2: 0, ipv4: 1, as4: 2 } as const;

/** Text of the six octets at `at`; the form is a value of FORM. */
export function formatAdministered(form: number, bytes: Uint8Array, at: number): string {
  if (form === FORM.as2) return `${u16(bytes, at)}:${u32(bytes, at + 2)}`;
  const number = u16(bytes, at + 4);
  if (form === FORM.ipv4) return `${formatIpv4(u32(bytes, at))}:${number}`;
  const as = u32(bytes, at);
  return `${as}${as <= 0xffff ? 'L' : ''}:${number}`;
}

/** The form and the six octets of such a text, or null. */
export function parseAdministered(text: string): { readonly form: number; readonly octets: Uint8Array } | null {
  const [, administrator, assigned] = /^([\dL.]+):(\d+)$/.exec(text) ?? [];
  if (administrator === undefined) return null;
  const octets = new Uint8Array(6);
  const address = parseIpv4(administrator);
  const as = fromDecimal(administrator.replace(/L$/, ''), 0xffffffff);
  if (address === null && as === null) return null;
  const narrow = address === null && (as as number) <= 0xffff && !administrator.endsWith('L');
  const number = fromDecimal(assigned, narrow ? 0xffffffff : 0xffff);
  if (number === null) return null;
  if (narrow) put32(octets, put16(octets, 0, as as number), number);
  else put16(octets, put32(octets, 0, address ?? (as as number)), number);
  return { form: narrow ? FORM.as2 : address === null ? FORM.as4 : FORM.ipv4, octets };
}
