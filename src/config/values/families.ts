/** The kinds of value for address families: their names, and settings for each of them. */
import { z } from 'zod';
import { KNOWN_FAMILIES, opaqueName } from '../../wire/families/catalog.ts';
import { FRAMINGS } from '../../wire/families/opaque.ts';
import { flag, hostAddress, listed, valuesOf, wholeNumber } from './values.ts';

/** Names of the address families, in the order of their table; of those that are offered by default, and installed. */
export const FAMILY_NAMES = KNOWN_FAMILIES.map(({ name }) => name);
/** Their short names, which `families` accepts as well. */
export const SHORT_NAMES = KNOWN_FAMILIES.flatMap(({ shortNames }) => shortNames);
export const DEFAULT_FAMILIES = KNOWN_FAMILIES.filter(({ isDefault }) => isDefault).map(({ name }) => name);
export const INSTALLABLE_FAMILIES = KNOWN_FAMILIES.filter(({ isInstallable }) => isInstallable).map(({ name }) => name);

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

/** Settings of individual families, by name. */
export function byFamily<T extends z.ZodType>(value: T) {
  return z.partialRecord(z.enum(FAMILY_NAMES), value).meta({
    title: 'families',
    values: 'mapping',
    expects: `a mapping with one or more of ${FAMILY_NAMES.join(', ')}`,
  });
}
