/**
 * The kinds of value in a configuration. Each has a name (`title`), a description of valid values (`expects`), and a short
 * form of it for tables (`values`). Errors, the JSON Schema and the reference page use these words.
 */
import { z } from 'zod';
import { formatPrefix, isLinkLocal, parseAddress, parseIpv4, parsePrefix } from '../../lib/ip.ts';
import { KNOWN_FAMILIES, opaqueName } from '../../wire/families/catalog.ts';
import { FRAMINGS } from '../../wire/families/opaque.ts';
import { isHostAddress, parseEndpoint } from './addresses.ts';

/** Names of the address families, in the order of their table; of those that are offered by default, and installed. */
export const FAMILY_NAMES = KNOWN_FAMILIES.map(({ name }) => name);
/** Their short names, which `families` accepts as well. */
export const SHORT_NAMES = KNOWN_FAMILIES.flatMap(({ shortNames }) => shortNames);
export const DEFAULT_FAMILIES = KNOWN_FAMILIES.filter(({ isDefault }) => isDefault).map(({ name }) => name);
export const INSTALLABLE_FAMILIES = KNOWN_FAMILIES.filter(({ isInstallable }) => isInstallable).map(({ name }) => name);

/** A text that `accepts` returns true for. */
export function text(accepts: (value: string) => boolean) {
  return z.string().refine(accepts);
}

export function wholeNumber(min: number, max: number, title: string, expects?: string) {
  const words = expects ?? `a whole number from ${min} to ${max}`;
  return z
    .int()
    .min(min)
    .max(max)
    .meta({ title, expects: words, values: `${min} to ${max}` });
}

export const routerId = text((value) => (parseIpv4(value) ?? 0) !== 0).meta({
  id: 'router-id',
  title: 'router ID',
  values: 'dotted quad',
  expects: 'a dotted quad such as 10.99.0.1, not 0.0.0.0',
  format: 'ipv4',
});

export const clusterId = text((value) => (parseIpv4(value) ?? 0) !== 0).meta({
  id: 'cluster-id',
  title: 'cluster ID',
  values: 'dotted quad',
  expects: 'a dotted quad such as 10.99.0.1, not 0.0.0.0',
  format: 'ipv4',
});

const ADDRESS_FORMATS = [{ format: 'ipv4' }, { format: 'ipv6' }];

export const hostAddress = text((value) => isHostAddress(parseAddress(value))).meta({
  id: 'host-address',
  title: 'host address',
  values: 'IP address',
  expects: 'an IPv4 or IPv6 address such as 192.0.2.1 or 2001:db8::1; not link-local, multicast or unspecified',
  anyOf: ADDRESS_FORMATS,
});

/** A host address, or the link-local address of a neighbor on the interface of the peer. */
export const peerAddress = text((value) => {
  const address = parseAddress(value);
  return isHostAddress(address) || (address !== null && isLinkLocal(address));
}).meta({
  id: 'peer-address',
  title: 'host address',
  values: 'IP address',
  expects:
    'an IPv4 or IPv6 address such as 192.0.2.1 or 2001:db8::1, or with `interface` a link-local one such as fe80::1; not multicast or unspecified',
  anyOf: ADDRESS_FORMATS,
});

export const listenAddress = text((value) => {
  const address = parseAddress(value);
  return isHostAddress(address) || address?.every((byte) => byte === 0) === true;
}).meta({
  id: 'listen-address',
  title: 'listen address',
  values: 'IP address',
  expects: 'an IPv4 or IPv6 address of this host, or 0.0.0.0 or "::" for all of them',
  anyOf: ADDRESS_FORMATS,
});

const NEXT_HOP = '`unchanged`, `self`, or an address such as 192.0.2.1 or 2001:db8::1';

const familyNextHop = z
  .union([z.enum(['unchanged', 'self']), hostAddress])
  .meta({ title: 'next hop', values: '`unchanged`, `self`, IP address', expects: NEXT_HOP })
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
  .meta({
    title: 'next hop',
    values: '`unchanged`, `self`, IP address, mapping',
    expects: `${NEXT_HOP}, or a mapping of families to these`,
  });

export const range = text((value) => {
  const prefix = parsePrefix(value);
  const address = parseAddress(value.slice(0, value.lastIndexOf('/')));
  return prefix !== null && address?.every((byte, at) => byte === prefix.address[at]) === true;
}).meta({
  id: 'range',
  title: 'prefix',
  values: 'prefix',
  expects: 'a prefix such as 10.99.0.0/16 or 2001:db8:1::/64, without host bits',
});

export const endpoint = text((value) => parseEndpoint(value) !== null).meta({
  id: 'endpoint',
  title: 'address and port',
  values: 'address:port',
  expects: 'an address and a port, such as 127.0.0.1:9179 or "[::1]:9179"',
});

export const groupName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/)
  .meta({
    id: 'group-name',
    title: 'group name',
    values: 'name',
    expects: 'a letter, then up to 63 letters, digits, dots, dashes or underscores',
  });

export const description = z
  .string()
  .max(255)
  .refine((value) => !hasControlCharacter(value))
  .meta({ title: 'description', values: 'text', expects: 'a text on one line of at most 255 characters' });

export function hasControlCharacter(value: string): boolean {
  return [...value].some((char) => char < ' ' || char === '\u007f');
}

/** Maximum length of the path of a Unix socket in bytes (unix(7)). */
const MAX_SOCKET_PATH = 107;

export const socketPath = z
  .string()
  .min(1)
  .max(MAX_SOCKET_PATH)
  .refine((value) => !hasControlCharacter(value) && !value.endsWith('/') && utf8Length(value) <= MAX_SOCKET_PATH)
  .meta({ title: 'socket path', values: 'path', expects: `a path of at most ${MAX_SOCKET_PATH} bytes` });

export const absolutePath = z
  .string()
  .refine((value) => value.startsWith('/') && !value.endsWith('/') && !hasControlCharacter(value))
  .meta({ title: 'file path', values: 'path', expects: 'the absolute path of a file' });

export function utf8Length(value: string): number {
  return new TextEncoder().encode(value).length;
}

export const deviceName = z
  .string()
  .regex(/^[^\s/:@%]{1,15}$/)
  .refine((value) => value !== '.' && value !== '..')
  .meta({
    title: 'interface name',
    values: 'name',
    expects: 'the name of an interface, of 1 to 15 characters, such as eth1',
  });

/** Of an IPv4 or IPv6 prefix. */
export const prefixLength = wholeNumber(0, 128, 'prefix length');

export const port = wholeNumber(1, 65_535, 'port');
export const flag = z.boolean().meta({ title: 'boolean', values: '`true`, `false`', expects: 'true or false' });

const BY_NUMBER = '`{ afi: 16397, safi: 70, nlri: length-bits }`';

/** A family by number: of its NLRI only the end is known. */
const opaqueFamily = z
  .strictObject({
    afi: wholeNumber(1, 65_535, 'AFI').meta({
      description: 'Address family identifier of a family that is configured by number.',
      examples: [16_397],
    }),
    safi: wholeNumber(1, 255, 'SAFI').meta({
      description: 'Its subsequent address family identifier.',
      examples: [70],
    }),
    nlri: z.enum(FRAMINGS).meta({
      title: 'framing',
      values: valuesOf(FRAMINGS),
      expects: listed(FRAMINGS),
      description: 'How the end of one of its routes (NLRI) is found.',
      details: [
        '`length-bits`: 1 octet with the number of bits that follow, as in a prefix.',
        '`length-octets`: 1 octet with the number of octets that follow.',
        '`type-length`: 1 octet of type, 1 octet with the number of octets that follow.',
        '`whole-attribute`: each UPDATE has one route, which is everything behind the next hop.',
      ],
      examples: ['length-bits'],
    }),
  })
  .meta({ title: 'family by number', expects: `a mapping such as ${BY_NUMBER}` });

const family = z.union([z.enum([...FAMILY_NAMES, ...SHORT_NAMES]), opaqueFamily]).meta({
  title: 'family',
  values: `${valuesOf(FAMILY_NAMES)}, mapping`,
  expects: `${listed(FAMILY_NAMES)}, or by number ${BY_NUMBER}`,
});

/** A family as it is configured. */
export type FamilySetting = z.output<typeof family>;

export const families = z
  .array(family)
  .min(1)
  .meta({
    title: 'list of families',
    values: 'list',
    expects: `a list with one or more of ${FAMILY_NAMES.join(', ')}, or by number ${BY_NUMBER}`,
  });

/** The name of a family that is configured by its name, a short one, or by number. */
export function familyNameOf(setting: FamilySetting): string {
  if (typeof setting !== 'string') return opaqueName(setting.afi, setting.safi);
  return KNOWN_FAMILIES.find(({ shortNames }) => shortNames.includes(setting))?.name ?? setting;
}

/** Default number of paths per prefix with `send: all`. */
export const ADD_PATH_LIMIT = 8;
const MAX_PATHS = 255;

const pathCount = wholeNumber(1, MAX_PATHS, 'number of paths', `a whole number from 1 to ${MAX_PATHS}`);

export const addPath = z
  .strictObject({
    receive: flag
      .optional()
      .meta({ description: 'Accepts several paths of a prefix from the peer.', default: false, examples: [true] }),
    send: z
      .union([z.enum(['best', 'all', 'rank-2']), pathCount])
      .optional()
      .meta({
        title: 'number of paths',
        values: '`best`, `all`, `rank-2`, 1 to 255',
        expects: 'best, all, rank-2, or a whole number from 1 to 255',
        description: 'Which paths of a prefix are advertised, best first.',
        details: [
          '`best`: only the best path.',
          '`all`: all paths, up to `limit`.',
          'A number: up to so many.',
          '`rank-2`: only the second best path, without path identifiers, so that a pair of reflectors gives a peer two paths',
          '(diverse path, RFC 6774).',
        ],
        default: 'best',
        examples: ['all', 4, 'rank-2'],
        reload: 'reset',
        reloadExcept: { effect: 'soft', when: 'between `all` and a number, and between `best` and `rank-2`' },
      }),
    limit: pathCount.optional().meta({
      description: 'Maximum number of paths per prefix with `send: all`.',
      default: ADD_PATH_LIMIT,
      examples: [16],
      reload: 'soft',
    }),
  })
  .meta({ title: 'ADD-PATH setting', expects: 'a mapping with `receive`, `send` and `limit`' });

/** 0 or 3 to 65,535 seconds (RFC 4271 4.2). */
export const holdTime = z.union([z.literal(0), z.int().min(3).max(65_535)]).meta({
  title: 'hold time',
  values: '0, 3 to 65535 s',
  expects: '0 (no keepalives), or a whole number of seconds from 3 to 65535',
});

/** Whole seconds. */
export function seconds(min: number, max: number) {
  const words = `a whole number of seconds from ${min} to ${max}`;
  return wholeNumber(min, max, 'number of seconds', words).meta({ values: `${min} to ${max} s` });
}

/** Settings of individual families, by name. */
export function byFamily<T extends z.ZodType>(value: T) {
  return z.partialRecord(z.enum(FAMILY_NAMES), value).meta({
    title: 'families',
    values: 'mapping',
    expects: `a mapping with one or more of ${FAMILY_NAMES.join(', ')}`,
  });
}

/** A number of things. */
export function count(min: number, max: number, title: string) {
  return wholeNumber(min, max, title);
}

/** Policies in their order; names are looked up by `config/policy`. */
export const policyChain = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).meta({
  title: 'policy',
  values: '`accept`, `reject`, name, list of names',
  expects: '`accept`, `reject`, the name of a policy, or a list of policies',
});

const labelValue = z.union([z.string().min(1).max(63), z.int()]).meta({
  title: 'label',
  values: 'word, number',
  expects: 'a word of at most 63 characters, or a whole number',
  description: 'The value of a label.',
  examples: ['eu'],
});

/** Names and values that policies compare. */
export const labels = z.record(z.string().regex(/^[A-Za-z][\w-]{0,31}$/), labelValue).meta({
  title: 'mapping of labels',
  values: 'mapping',
  expects: 'a mapping of names to words, such as { region: eu }',
});

/** One of a few words. */
export function oneOf<const T extends readonly [string, ...string[]]>(title: string, words: T) {
  return z.enum(words).meta({ title, values: valuesOf(words), expects: listed(words) });
}

/** Words for a table: `a`, `b`, each in backquotes. */
export function valuesOf(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ');
}

/** `a, b or c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** The prefix without its host bits, or null if the text is not a prefix. */
export function tidyRange(value: string): string | null {
  const prefix = parsePrefix(value);
  return prefix === null ? null : formatPrefix(prefix);
}
