/**
 * The kinds of value that a configuration has. Each says what it is called (`title`) and what is right (`expects`):
 * errors, the JSON Schema and the reference page all speak these words. No I/O, no timers.
 */
import { z } from 'zod';
import { formatPrefix, isLinkLocal, parseAddress, parseIpv4, parsePrefix } from '../../lib/ip.ts';
import { FAMILIES } from '../../wire/families.ts';
import { isHostAddress, parseEndpoint } from './addresses.ts';

/** Names of the address families, in the order of their table. */
export const FAMILY_NAMES = FAMILIES.map(({ name }) => name);

/** A text that `accepts` takes; what it takes is told by `title` and `expects`. */
export function text(accepts: (value: string) => boolean) {
  return z.string().refine(accepts);
}

export function wholeNumber(least: number, most: number, title: string, expects?: string) {
  const words = expects ?? `a whole number from ${least} to ${most}`;
  return z.int().min(least).max(most).meta({ title, expects: words });
}

export const routerId = text((value) => (parseIpv4(value) ?? 0) !== 0).meta({
  id: 'router-id',
  title: 'router id',
  expects: 'four numbers from 0 to 255 with dots between them, such as 10.99.0.1; not 0.0.0.0',
  format: 'ipv4',
});

export const clusterId = text((value) => (parseIpv4(value) ?? 0) !== 0).meta({
  id: 'cluster-id',
  title: 'cluster id',
  expects: 'four numbers from 0 to 255 with dots between them, such as 10.99.0.1; not 0.0.0.0',
  format: 'ipv4',
});

const ADDRESS_FORMATS = [{ format: 'ipv4' }, { format: 'ipv6' }];

export const hostAddress = text((value) => isHostAddress(parseAddress(value))).meta({
  id: 'host-address',
  title: 'host address',
  expects: 'an IPv4 or IPv6 address such as 192.0.2.1 or 2001:db8::1; not link-local, multicast or unspecified',
  anyOf: ADDRESS_FORMATS,
});

/** Of a peer: a host's, or a neighbour's on a link that is named beside it. */
export const peerAddress = text((value) => {
  const address = parseAddress(value);
  return isHostAddress(address) || (address !== null && isLinkLocal(address));
}).meta({
  id: 'peer-address',
  title: 'host address',
  expects:
    'an IPv4 or IPv6 address such as 192.0.2.1 or 2001:db8::1, or with `interface` a link-local one such as fe80::1; not multicast or unspecified',
  anyOf: ADDRESS_FORMATS,
});

export const listenAddress = text((value) => {
  const address = parseAddress(value);
  return isHostAddress(address) || address?.every((byte) => byte === 0) === true;
}).meta({
  id: 'listen-address',
  title: 'address to listen on',
  expects: 'an IPv4 or IPv6 address of this host, or 0.0.0.0 or "::" for all of them',
  anyOf: ADDRESS_FORMATS,
});

const NEXT_HOP = '`unchanged`, `self`, or an address such as 192.0.2.1 or 2001:db8::1';

const familyNextHop = z
  .union([z.enum(['unchanged', 'self']), hostAddress])
  .meta({ title: 'next hop', expects: NEXT_HOP })
  .optional();

export const nextHop = z
  .union([
    z.enum(['unchanged', 'self']),
    hostAddress,
    z.strictObject({
      'ipv4-unicast': familyNextHop.meta({
        description: 'Next hop of IPv4 routes.',
        default: 'unchanged',
        examples: ['self'],
      }),
      'ipv6-unicast': familyNextHop.meta({
        description: 'Next hop of IPv6 routes.',
        default: 'unchanged',
        examples: ['2001:db8::1'],
      }),
    }),
  ])
  .meta({ title: 'next hop', expects: `${NEXT_HOP}, or a mapping of families to these` });

export const range = text((value) => {
  const prefix = parsePrefix(value);
  const address = parseAddress(value.slice(0, value.lastIndexOf('/')));
  return prefix !== null && address?.every((byte, at) => byte === prefix.address[at]) === true;
}).meta({
  id: 'range',
  title: 'range of addresses',
  expects: 'a prefix such as 10.99.0.0/16 or 2001:db8:1::/64, with no bits set beyond its length',
});

export const endpoint = text((value) => parseEndpoint(value) !== null).meta({
  id: 'endpoint',
  title: 'address and port',
  expects: 'an address and a port, such as 127.0.0.1:9179 or "[::1]:9179"',
});

export const groupName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/)
  .meta({
    id: 'group-name',
    title: 'group name',
    expects: 'a letter, then up to 63 letters, digits, dots, dashes or underscores',
  });

export const description = z
  .string()
  .max(255)
  .refine((value) => !hasControlCharacter(value))
  .meta({ title: 'description', expects: 'a text on one line of at most 255 characters' });

export function hasControlCharacter(value: string): boolean {
  return [...value].some((char) => char < ' ' || char === '\u007f');
}

/** Bytes that the path of a unix socket may have (unix(7)). */
const MAX_SOCKET_PATH = 107;

export const socketPath = z
  .string()
  .min(1)
  .max(MAX_SOCKET_PATH)
  .refine((value) => !hasControlCharacter(value) && !value.endsWith('/') && utf8Length(value) <= MAX_SOCKET_PATH)
  .meta({ title: 'path of a socket', expects: `the path of a file, of at most ${MAX_SOCKET_PATH} bytes` });

export const absolutePath = z
  .string()
  .refine((value) => value.startsWith('/') && !value.endsWith('/') && !hasControlCharacter(value))
  .meta({ title: 'path of a file', expects: 'the absolute path of a file' });

export function utf8Length(value: string): number {
  return new TextEncoder().encode(value).length;
}

export const deviceName = z
  .string()
  .regex(/^[^\s/:@%]{1,15}$/)
  .refine((value) => value !== '.' && value !== '..')
  .meta({ title: 'name of an interface', expects: 'the name of an interface, of 1 to 15 characters, such as eth1' });

/** Of an IPv4 or IPv6 prefix. */
export const prefixLength = wholeNumber(0, 128, 'prefix length');

export const port = wholeNumber(1, 65_535, 'port');
export const flag = z.boolean().meta({ title: 'boolean', expects: 'true or false' });

export const families = z
  .array(z.enum(FAMILY_NAMES).meta({ title: 'family', expects: listed(FAMILY_NAMES) }))
  .min(1)
  .meta({ title: 'list of families', expects: `a list with one or more of ${FAMILY_NAMES.join(', ')}` });

/** How many paths of a prefix are sent where the configuration says `all`. */
export const ADD_PATH_LIMIT = 8;
const MOST_PATHS = 255;

const pathCount = wholeNumber(1, MOST_PATHS, 'number of paths', `a whole number from 1 to ${MOST_PATHS}`);

export const addPath = z
  .strictObject({
    receive: flag.optional().meta({ description: 'Take several paths of a prefix from the peer.', examples: [true] }),
    send: z
      .union([z.enum(['best', 'all', 'rank-2']), pathCount])
      .optional()
      .meta({
        title: 'number of paths',
        expects: 'best, all, rank-2, or a whole number from 1 to 255',
        description: 'Which paths of a prefix the peer is told of.',
        examples: ['all', 4, 'rank-2'],
        reload: 'reset',
        reloadExcept: { effect: 'soft', when: 'between `all` and a number, and between `best` and `rank-2`' },
      }),
    limit: pathCount.optional().meta({
      description: 'The most paths of a prefix that `send: all` sends.',
      default: ADD_PATH_LIMIT,
      examples: [16],
      reload: 'soft',
    }),
  })
  .meta({ title: 'choice of paths', expects: 'a mapping with `receive`, `send` and `limit`' });

/** 0 or 3 to 65,535 seconds (RFC 4271 4.2). */
export const holdTime = z.union([z.literal(0), z.int().min(3).max(65_535)]).meta({
  title: 'hold time',
  expects: '0 (no keepalives), or a whole number of seconds from 3 to 65535',
});

/** Whole seconds. */
export function seconds(least: number, most: number) {
  return wholeNumber(least, most, 'number of seconds', `a whole number of seconds from ${least} to ${most}`);
}

/** Settings of single families, by their names. */
export function byFamily<T extends z.ZodType>(value: T) {
  return z
    .partialRecord(z.enum(FAMILY_NAMES), value)
    .meta({ title: 'families', expects: `a mapping with one or more of ${FAMILY_NAMES.join(', ')}` });
}

/** A number of things. */
export function count(least: number, most: number, title: string) {
  return wholeNumber(least, most, title);
}

/** One of a few words. */
export function oneOf<const T extends readonly [string, ...string[]]>(title: string, words: T) {
  return z.enum(words).meta({ title, expects: listed(words) });
}

/** `a, b or c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** The range that was probably meant by one with bits beyond its length, or null. */
export function tidyRange(value: string): string | null {
  const prefix = parsePrefix(value);
  return prefix === null ? null : formatPrefix(prefix);
}
