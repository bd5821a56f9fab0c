/** A random network around one reflector: its speakers, and what of their settings a reload changes. */
import type { Random } from './random.ts';

export const OUR_AS = 65_000;
export const OUR_ID = 0x0a630001;
export const OTHER_CLUSTER = 0x02020202;
/** Of the second reflector of a pair. */
export const SECOND_ID = 0x0a630002;

export const HOLD_DOWN_MS = 60_000;

/** What a reflector calls its own. */
export interface Reflector {
  readonly routerId: number;
  /** Its cluster id, in place of OUR_ID in the settings of its peers. */
  readonly clusterId: number;
}

export const FIRST: Reflector = { routerId: OUR_ID, clusterId: OUR_ID };

export type Restart = 'none' | 'knows' | 'graceful' | 'long-lived';
export type Selection = 'best' | 'external' | 'rank-2' | 'paths';

/** A peer of the reflector, as it is for the whole run. */
export interface Speaker {
  readonly at: number;
  readonly address: string;
  readonly routerId: number;
  readonly as: number;
  /** It sends ADD-PATH identifiers, and reads them (RFC 7911 4). */
  readonly sendsPaths: boolean;
  readonly readsPaths: boolean;
  readonly restart: Restart;
  /** A NOTIFICATION does not end graceful restart (RFC 8538). */
  readonly keepsOverNotification: boolean;
  readonly enhancedRefresh: boolean;
  readonly extendedMessages: boolean;
  readonly isExternal: boolean;
  /** Maximum number of its paths in a family, above which its session is closed for HOLD_DOWN_MS; null: no limit. */
  readonly maxPaths: number | null;
  /** The other reflector of a pair. */
  readonly isReflector: boolean;
}

/** What a reload changes without a reset of the session. */
export interface Settings {
  readonly client: boolean;
  readonly clusterId: number;
  readonly clientToClient: boolean;
  readonly importAccepts: boolean;
  readonly exportAccepts: boolean;
  /** `self`, an IPv4 address, or null: unchanged. */
  readonly nextHop: string | null;
  readonly select: Selection;
  readonly limit: number;
  /** The reflector is drained (RFC 8326). */
  readonly draining?: boolean;
}

export interface Topology {
  readonly speakers: readonly Speaker[];
  /** Of each speaker, and behind them of the two reflectors toward each other. */
  readonly settings: readonly Settings[];
  /** A member that keeps more of the log leaves it. */
  readonly slowAfterBytes: number;
  /** A second reflector, with all speakers as its peers and a session with the first; null: there is one. */
  readonly second: Reflector | null;
  /** Each look at the clock moves it by more than a turn may take: every turn does one piece. */
  readonly hurried: boolean;
}

function speaker(random: Random, at: number): Speaker {
  const isExternal = random.chance(20);
  return {
    at,
    address: `10.0.0.${at + 1}`,
    // In an order of its own: the lowest is not that of the lowest address.
    routerId: 0x01000000 + random.below(64) * 256 + at,
    as: isExternal ? random.pick([65_010, 4_200_000_001]) : OUR_AS,
    sendsPaths: random.chance(40),
    readsPaths: random.chance(50),
    restart: random.pick<Restart>(['none', 'knows', 'graceful', 'long-lived', 'long-lived']),
    keepsOverNotification: random.chance(50),
    enhancedRefresh: random.chance(50),
    extendedMessages: random.chance(30),
    isExternal,
    maxPaths: random.chance(25) ? 2 + random.below(4) : null,
    isReflector: false,
  };
}

export function settingsOf(random: Random): Settings {
  return {
    client: random.chance(70),
    clusterId: random.chance(75) ? OUR_ID : OTHER_CLUSTER,
    clientToClient: random.chance(85),
    importAccepts: random.chance(90),
    exportAccepts: random.chance(90),
    nextHop: random.pick([null, null, null, 'self', '192.0.2.200']),
    select: random.pick<Selection>(['best', 'paths', 'paths', 'paths', 'external', 'rank-2']),
    limit: 1 + random.below(4),
  };
}

export function topology(random: Random): Topology {
  const count = 2 + random.below(6);
  const speakers = Array.from({ length: count }, (_, at) => speaker(random, at));
  return {
    speakers,
    settings: [...speakers.map(() => settingsOf(random)), pairSettings(random)],
    second: random.chance(30) ? { routerId: SECOND_ID, clusterId: random.pick([OUR_ID, SECOND_ID]) } : null,
    slowAfterBytes: random.pick([300, 2000, 8 << 20]),
    hurried: random.chance(30),
  };
}

/** A reflector as a peer of the other one. Its paths are not kept over a loss. */
export function partner(at: number, { routerId }: Reflector): Speaker {
  return {
    at,
    address: '10.0.1.1',
    routerId,
    as: OUR_AS,
    sendsPaths: true,
    readsPaths: true,
    restart: 'none',
    keepsOverNotification: false,
    enhancedRefresh: true,
    extendedMessages: true,
    isExternal: false,
    maxPaths: null,
    isReflector: true,
  };
}

/** How two reflectors see each other. */
export function pairSettings(random: Random): Settings {
  return {
    ...settingsOf(random),
    client: random.chance(25),
    importAccepts: true,
    exportAccepts: true,
    nextHop: null,
    select: random.pick<Selection>(['best', 'paths']),
  };
}
