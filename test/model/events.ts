/** What may happen in a run, as plain data: a script is replayed, and shrunk, without the seed it came from. */
import type { Random } from './random.ts';
import { OTHER_CLUSTER, OUR_AS, OUR_ID, pairSettings, type Settings, settingsOf, type Topology } from './topology.ts';

/** The attributes of an announcement. */
export interface Attributes {
  readonly nextHop: number;
  readonly localPref?: number;
  readonly asPath: readonly (number | readonly number[])[];
  readonly origin: number;
  readonly med?: number;
  readonly communities?: readonly number[];
  readonly unknown: boolean;
  /** Reflected by another reflector before it came here. */
  readonly originatorId?: number;
  readonly clusterList?: readonly number[];
}

/** How a session ends. */
export type Loss = 'closed' | 'reset' | 'notification' | 'hard-reset' | 'malformed';

/** The attribute that is malformed. */
export type Malformed = 'origin' | 'med' | 'communities';

/** @field at of a pair, the reflector that it is about; missing: both */
export type Event = { readonly at?: number } & Act;

type Act =
  | { readonly do: 'connect'; readonly peer: number }
  | {
      readonly do: 'announce';
      readonly peer: number;
      readonly prefixes: readonly string[];
      readonly pathId: number;
      readonly attributes: Attributes;
      /** Octets of a segment; 0: all in one. */
      readonly split: number;
    }
  | {
      readonly do: 'withdraw';
      readonly peer: number;
      readonly prefixes: readonly string[];
      readonly pathId: number;
      readonly split: number;
      /** It is an announcement with a malformed attribute, which is treated as a withdrawal (RFC 7606 2); null: it is none. */
      readonly malformed: Malformed | null;
    }
  /** What `of` has announced comes through `peer` as well, as another reflector sends it. */
  | { readonly do: 'copy'; readonly peer: number; readonly of: number; readonly clusterList: readonly number[] }
  | { readonly do: 'end-of-rib'; readonly peer: number }
  | { readonly do: 'lose'; readonly peer: number; readonly how: Loss }
  | { readonly do: 'refresh'; readonly peer: number; readonly family: 'ipv4' | 'ipv6' }
  /** It sends a part of its routes between BoRR and EoRR (RFC 7313 4). */
  | { readonly do: 'resend'; readonly peer: number; readonly family: 'ipv4' | 'ipv6'; readonly keep: number }
  | { readonly do: 'stall'; readonly peer: number }
  | { readonly do: 'read'; readonly peer: number }
  | { readonly do: 'settings'; readonly peer: number; readonly settings: Settings }
  | { readonly do: 'drain'; readonly on: boolean }
  | { readonly do: 'turn'; readonly times: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'quiet' };

export const PREFIXES = [
  '10.1.0.0/16',
  '10.1.2.0/24',
  '0.0.0.0/0',
  '192.0.2.7/32',
  '172.16.0.0/13',
  '2001:db8:1::/48',
  '2001:db8:2::/47',
  '::/0',
];
export const NO_EXPORT = 0xffffff01;
export const NO_ADVERTISE = 0xffffff02;
export const NO_EXPORT_SUBCONFED = 0xffffff03;
export const NO_LLGR = 0xffff0007;
const COMMUNITIES = [
  [1],
  [65_000 * 65_536 + 3, NO_EXPORT],
  [NO_EXPORT],
  [NO_ADVERTISE],
  [NO_EXPORT_SUBCONFED],
  [NO_LLGR],
];
const AS_PATHS = [[], [], [65_001], [65_002, 65_003], [65_001, 65_002], [[65_004, 65_005]], [65_001, OUR_AS]];

export function attributes(random: Random, { speakers }: Topology): Attributes {
  const ids = [5, OUR_ID, ...speakers.map(({ routerId }) => routerId)];
  return {
    nextHop: 101 + random.below(3),
    ...(random.chance(50) ? { localPref: random.pick([50, 100, 200]) } : {}),
    asPath: random.pick<Attributes['asPath']>(AS_PATHS),
    origin: random.pick([0, 0, 2]),
    ...(random.chance(50) ? { med: random.pick([0, 7, 0xffffffff]) } : {}),
    ...(random.chance(40) ? { communities: random.pick(COMMUNITIES) } : {}),
    unknown: random.chance(15),
    ...(random.chance(20) ? { originatorId: random.pick(ids) } : {}),
    ...(random.chance(15) ? { clusterList: random.pick([[9], [9, 8], [9, OUR_ID], [OTHER_CLUSTER]]) } : {}),
  };
}

const split = (random: Random) => random.pick([0, 0, 0, 1, 7, 19]);
const malformed = (random: Random) => random.pick<Malformed | null>([null, null, null, 'origin', 'med', 'communities']);
const family = (random: Random) => random.pick(['ipv4', 'ipv6'] as const);

function act(random: Random, around: Topology): Act {
  const peer = random.below(around.speakers.length + (around.second === null ? 0 : 1));
  const prefixes = random.some(PREFIXES, 4);
  const pathId = random.below(4);
  const rows: readonly (readonly [number, () => Act])[] = [
    [
      10,
      () => ({
        do: 'announce',
        peer,
        prefixes,
        pathId,
        attributes: attributes(random, around),
        split: split(random),
      }),
    ],
    [6, () => ({ do: 'withdraw', peer, prefixes, pathId, split: split(random), malformed: malformed(random) })],
    [
      3,
      () => ({
        do: 'copy',
        peer,
        of: random.below(around.speakers.length),
        clusterList: random.pick([[9], [8], [9, 8]]),
      }),
    ],
    [4, () => ({ do: 'connect', peer })],
    [
      3,
      () => ({
        do: 'lose',
        peer,
        how: random.pick<Loss>(['closed', 'closed', 'reset', 'notification', 'hard-reset', 'malformed']),
      }),
    ],
    [2, () => ({ do: 'end-of-rib', peer })],
    [3, () => ({ do: 'refresh', peer, family: family(random) })],
    [1, () => ({ do: 'resend', peer, family: family(random), keep: random.below(4) })],
    [3, () => ({ do: 'stall', peer })],
    [2, () => ({ do: 'read', peer })],
    [2, () => ({ do: 'settings', peer, settings: settingsOf(random) })],
    [1, () => ({ do: 'drain', on: random.chance(50) })],
    [5, () => ({ do: 'turn', times: 1 + random.below(4) })],
    [3, () => ({ do: 'pass', ms: random.pick([1, 20, 300, 1100, 60_000, 130_000]) })],
    [4, () => ({ do: 'quiet' })],
  ];
  return random.weighted(rows)();
}

/** MED makes pairs of reflectors oscillate for ever (RFC 3345). */
function withoutMed<T extends Act>(one: T): T {
  if (one.do !== 'announce') return one;
  const { med: _med, ...rest } = one.attributes;
  return { ...one, attributes: rest };
}

function event(random: Random, around: Topology): Event {
  const one = act(random, around);
  if (around.second === null) return one;
  const at = random.chance(60) ? {} : { at: random.below(2) };
  if (one.do === 'settings' && one.peer === around.speakers.length) {
    return { ...one, ...at, settings: pairSettings(random) };
  }
  return { ...withoutMed(one), ...at };
}

/** Events that are rare in this order, and meant for it. */
function sequence(random: Random, around: Topology): Event[] {
  const peer = random.below(around.speakers.length);
  const announce = {
    do: 'announce' as const,
    peer,
    prefixes: random.some(PREFIXES, 4),
    pathId: random.below(2),
    attributes: attributes(random, around),
    split: 0,
  };
  const sent = around.second === null ? announce : withoutMed(announce);
  const of = random.below(around.speakers.length);
  const again: Event[] = [
    { do: 'lose', peer: of, how: 'closed' },
    { do: 'connect', peer: of },
  ];
  const changed: Event = { ...sent, attributes: { ...sent.attributes, origin: 1 } };
  return random.pick<() => Event[]>([
    // A restart of a speaker, which sends some of its routes again.
    () => [
      { do: 'lose', peer, how: 'closed' },
      ...(random.chance(40) ? [{ do: 'pass', ms: 130_000 } as const] : []),
      { do: 'connect', peer },
      sent,
      { do: 'end-of-rib', peer },
      { do: 'quiet' },
    ],
    // A refresh while a change is on its way, soon after the session was established.
    () => [
      ...again,
      { do: 'pass', ms: 1 },
      sent,
      { do: 'turn', times: 1 },
      { do: 'refresh', peer: of, family: family(random) },
    ],
    // A client that does not read its first table, or what it has requested.
    () => [
      ...(random.chance(50) ? again : [{ do: 'quiet' } as const]),
      { do: 'stall', peer: of },
      { do: 'refresh', peer: of, family: family(random) },
      { do: 'turn', times: 2 },
      ...Array.from({ length: 6 }, (_, i): Event => (i % 2 === 0 ? sent : changed)).flatMap((each): Event[] => [
        each,
        { do: 'turn', times: 1 },
      ]),
      { do: 'quiet' },
    ],
  ])();
}

export function events(random: Random, around: Topology): Event[] {
  const up = around.speakers.filter(() => random.chance(80));
  const first = up.map(({ at }): Event => ({ do: 'connect', peer: at }));
  if (around.second !== null) first.push({ do: 'connect', peer: around.speakers.length });
  const length = 5 + random.below(60);
  const rest = Array.from({ length }, () => (random.chance(8) ? sequence(random, around) : [event(random, around)]));
  return [...first, ...rest.flat()];
}
