/** Scripts that random runs have found, shrunk to what is needed. */
import type { Attributes, Event } from './events.ts';
import { failureOf } from './run.ts';
import { OTHER_CLUSTER, OUR_AS, OUR_ID, type Settings, type Speaker } from './topology.ts';

const SPEAKER: Omit<Speaker, 'at' | 'address' | 'routerId'> = {
  as: OUR_AS,
  sendsPaths: false,
  readsPaths: false,
  restart: 'none',
  keepsOverNotification: false,
  enhancedRefresh: true,
  extendedMessages: false,
  isExternal: false,
  maxPaths: null,
  isReflector: false,
};
const SETTINGS: Settings = {
  client: true,
  clusterId: OUR_ID,
  clientToClient: true,
  importAccepts: true,
  exportAccepts: true,
  nextHop: null,
  select: 'best',
  limit: 1,
};
const ROUTE: Attributes = { nextHop: 101, asPath: [], origin: 0, unknown: false };
const P = ['10.1.0.0/16'];
const announce: Event = { do: 'announce', peer: 1, prefixes: P, pathId: 0, attributes: ROUTE, split: 0 };
const connects = (count: number) => Array.from({ length: count }, (_, peer): Event => ({ do: 'connect', peer }));
const settings = (peer: number, over: Partial<Settings>): Event => {
  return { do: 'settings', peer, settings: { ...SETTINGS, ...over } };
};

/** A script of up to three speakers, whose turns do one piece each. */
function failure(events: readonly Event[], hurried = false): string | null {
  const speakers = [0, 1, 2].map((at) => ({ ...SPEAKER, at, address: `10.0.0.${at + 1}`, routerId: at + 1 }));
  const topology = {
    speakers,
    settings: [SETTINGS, SETTINGS, SETTINGS],
    second: null,
    slowAfterBytes: 8 << 20,
    hurried,
  };
  return failureOf({ topology, events });
}

test('a refresh of an empty table begins with BoRR', () => {
  expect(failure([...connects(1), { do: 'refresh', peer: 0, family: 'ipv4' }])).toBeNull();
});

test('a refresh has between BoRR and EoRR what is being written when it is requested', () => {
  const refresh: Event = { do: 'refresh', peer: 0, family: 'ipv4' };
  const turn: Event = { do: 'turn', times: 1 };
  expect(failure([...connects(2), { do: 'pass', ms: 1 }, announce, turn, refresh])).toBeNull();
});

test('of two reloads one after the other no client is sent a mixture', () => {
  const other = settings(0, { client: false, nextHop: null });
  const last = settings(0, { nextHop: 'self' });
  const cluster = settings(1, { clusterId: OTHER_CLUSTER });
  const first = settings(0, { client: false, nextHop: '192.0.2.200' });
  expect(failure([...connects(2), first, cluster, announce, { do: 'quiet' }, other, last], true)).toBeNull();
});

test('a session that is established long after a refresh is not sent what was advertised then', () => {
  const refresh: Event = { do: 'refresh', peer: 0, family: 'ipv4' };
  const turn: Event = { do: 'turn', times: 1 };
  const connect: Event = { do: 'connect', peer: 2 };
  const changed: Event = { ...announce, attributes: { ...ROUTE, origin: 2 } };
  const before: Event[] = [...connects(2), announce, { do: 'quiet' }, refresh, turn, { do: 'quiet' }];
  expect(failure([...before, changed, { do: 'quiet' }, connect])).toBeNull();
});
