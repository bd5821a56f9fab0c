/** Views as a daemon would give them, for tests of the command line. */
import type {
  FibView,
  GroupView,
  MemoryView,
  PathView,
  PeerView,
  RibView,
  StatusView,
} from '../../src/engine/views.ts';

const FAMILY = {
  family: 'ipv4-unicast',
  received: 120,
  accepted: 118,
  stale: 0,
  damped: 0,
  advertised: 5000,
  extendedNextHop: false,
  endOfRibReceived: true,
  endOfRibSent: true,
  updateGroup: 3,
  sending: 'log',
  lagBytes: 0,
  maxPrefix: null,
  maxPrefixOut: null,
} as const;

export const LEAF: PeerView = {
  address: '192.0.2.1',
  port: 179,
  localAddress: '10.99.0.1',
  localPort: 34123,
  group: 'switches',
  description: 'leaf 1',
  dynamic: false,
  role: 'ebgp',
  state: 'Established',
  shutdown: false,
  draining: false,
  sinceSeconds: 93_600,
  as: 4_200_000_001,
  routerId: '192.0.2.1',
  holdSeconds: 240,
  keepaliveSeconds: 80,
  families: [
    FAMILY,
    {
      ...FAMILY,
      family: 'ipv6-unicast',
      received: 2,
      accepted: 2,
      advertised: 7,
      sending: 'slow',
      lagBytes: 1_234_567,
    },
  ],
  capabilitiesReceived: [
    { code: 1, name: 'multiprotocol', value: 'ipv4-unicast' },
    { code: 1, name: 'multiprotocol', value: 'ipv6-unicast' },
    { code: 71, name: 'long-lived graceful restart', value: '' },
  ],
  capabilitiesSent: [
    { code: 65, name: '4-octet AS', value: '65000' },
    { code: 1, name: 'multiprotocol', value: 'ipv4-unicast' },
  ],
  heldDown: null,
  transport: {
    password: 'the file /etc/leaf1.key',
    ttl: 255,
    minTtl: 255,
    dscp: 48,
    bindDevice: 'eth1',
    userTimeoutSeconds: 30,
    problem: null,
  },
  restart: null,
  messagesIn: 1000,
  messagesOut: 2000,
  updatesIn: 1,
  updatesOut: 1500,
  bytesIn: 64_000,
  bytesOut: 1_234_567,
  established: 3,
  dropped: 2,
  lastDown: 'received Cease / administrative reset (6/4)',
  lastDownSecondsAgo: 93_605,
};

export const HOST: PeerView = {
  ...LEAF,
  address: '2001:db8::7',
  localAddress: null,
  localPort: null,
  group: 'hosts',
  description: '',
  dynamic: true,
  role: 'client',
  state: 'Active',
  sinceSeconds: 42,
  as: null,
  routerId: null,
  holdSeconds: null,
  keepaliveSeconds: null,
  families: [
    {
      ...FAMILY,
      received: 0,
      accepted: 0,
      advertised: 0,
      endOfRibReceived: false,
      endOfRibSent: false,
      updateGroup: 0,
      sending: 'none',
    },
  ],
  capabilitiesReceived: [],
  capabilitiesSent: [],
  established: 0,
  dropped: 1,
  lastDown: 'sent Hold Timer Expired (4/0)',
};

export const PATH: PathView = {
  peer: '192.0.2.1',
  pathId: 0,
  best: true,
  decidedBy: 'local-pref',
  stale: false,
  unusable: null,
  nextHop: '192.0.2.1',
  origin: 'IGP',
  asPath: '65001 65002',
  localPref: 200,
  med: 10,
  originatorId: '1.1.1.1',
  clusterList: ['2.2.2.2', '3.3.3.3'],
  communities: ['65000:1', 'no-export'],
  largeCommunities: [],
  extendedCommunities: [],
  atomicAggregate: false,
  aggregator: null,
  others: [{ code: 99, flags: 192, value: 'deadbeef' }],
  ageSeconds: 61,
};

export const ROUTE: RibView = {
  family: 'ipv4-unicast',
  prefix: '10.0.0.0/24',
  paths: [
    PATH,
    { ...PATH, peer: '192.0.2.2', pathId: 7, best: false, stale: true, localPref: 100, med: null, asPath: '' },
    { ...PATH, peer: '192.0.2.3', best: false, unusable: 'our cluster id in CLUSTER_LIST' },
  ],
};

export const FIB: readonly FibView[] = [
  { family: 'ipv4-unicast', prefix: '10.0.0.0/24', nextHop: '192.0.2.1', state: 'installed', error: null },
  {
    family: 'ipv4-unicast',
    prefix: '10.0.1.0/24',
    nextHop: '198.51.100.1',
    state: 'failed',
    error: 'Nexthop has invalid gateway.',
  },
];

export const GROUP: GroupView = {
  id: 3,
  family: 'ipv4-unicast',
  role: 'client',
  key: 'cluster 10.99.0.1, next hop unchanged',
  members: ['10.99.0.2', '10.99.0.3'],
  advertised: 100_000,
  logBytes: 65_536,
  slowMembers: ['10.99.0.3'],
  cutPrefixes: 0,
  blockedPrefixes: 0,
};

export const MEMORY: MemoryView = {
  rssBytes: 86_000_000,
  heapBytes: 12_000_000,
  tables: [
    { name: 'prefixes', entries: 1000, bytes: 40_000 },
    { name: 'labels', entries: 0, bytes: 0 },
  ],
};

export const STATUS: StatusView = {
  version: '0.1.0',
  pid: 42,
  uptimeSeconds: 93_600,
  as: 65_000,
  routerId: '10.99.0.1',
  configPath: '/etc/reflectord.yaml',
  peers: 2,
  peersEstablished: 1,
  prefixes: 1,
  paths: 3,
  fibMode: 'install',
  draining: 0,
  problems: [],
};
