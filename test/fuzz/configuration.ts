/** The reflector that is fuzzed: one configuration for the daemon and for the engine in a simulation. */
export const LOCAL_AS = 65_000;
const OUTSIDE_AS = 65_100;

/** The first octets of the addresses of each group. */
export const GROUPS = { hosts: '127.0', outside: '127.1', limited: '127.2' } as const;
export type Group = keyof typeof GROUPS;
export const AS_OF: Readonly<Record<Group, number>> = { hosts: LOCAL_AS, outside: OUTSIDE_AS, limited: LOCAL_AS };

/** Families that are neither IPv4 nor IPv6 unicast: AFI, SAFI, and how the end of one of their NLRI is found. */
export const OTHERS = [
  { name: 'ipv4-multicast', afi: 1, safi: 2, framing: 'bits' },
  { name: 'ipv4-labeled-unicast', afi: 1, safi: 4, framing: 'bits' },
  { name: 'ipv6-labeled-unicast', afi: 2, safi: 4, framing: 'bits' },
  { name: 'l3vpn-ipv4-unicast', afi: 1, safi: 128, framing: 'bits' },
  { name: 'l3vpn-ipv6-unicast', afi: 2, safi: 128, framing: 'bits' },
  { name: 'l2vpn-evpn', afi: 25, safi: 70, framing: 'type-length' },
  { name: 'l2vpn-vpls', afi: 25, safi: 65, framing: 'length-2' },
  { name: 'ipv4-mvpn', afi: 1, safi: 5, framing: 'type-length' },
  { name: 'ipv4-flowspec', afi: 1, safi: 133, framing: 'flow' },
  { name: 'ipv6-flowspec', afi: 2, safi: 133, framing: 'flow' },
  { name: 'l3vpn-ipv4-flowspec', afi: 1, safi: 134, framing: 'flow' },
  { name: 'rt-constrain', afi: 1, safi: 132, framing: 'bits' },
  { name: 'link-state', afi: 16388, safi: 71, framing: 'type-length-2' },
  { name: 'ipv4-sr-policy', afi: 1, safi: 73, framing: 'bits' },
  { name: 'ipv4-mup', afi: 1, safi: 85, framing: 'mup' },
] as const;

const everything = {
  families: ['ipv4-unicast', 'ipv6-unicast', ...OTHERS.map(({ name }) => name)],
  'add-path': { receive: true, send: 4 },
  // Routes of sessions that are lost are soon removed, so that the tables come to rest.
  'graceful-restart': { 'stale-time': 1 },
  llgr: { time: 1 },
  'enhanced-route-refresh': true,
  'extended-messages': true,
  'idle-hold-time': 0,
  'attribute-memory': 'none',
};

function range(prefix: string): object {
  return { dynamic: [{ range: `${prefix}.0.0/16`, 'attempts-per-minute': 0, 'forget-time': 1 }] };
}

export const CONFIGURATION = {
  router: { as: LOCAL_AS, id: '10.255.255.1', 'attribute-memory': 'none' },
  metrics: { listen: 'none' },
  groups: {
    hosts: { ...everything, as: LOCAL_AS, 'route-reflector-client': true, ...range(GROUPS.hosts) },
    outside: { ...everything, as: OUTSIDE_AS, import: 'accept', export: 'accept', ...range(GROUPS.outside) },
    limited: {
      ...everything,
      as: LOCAL_AS,
      'max-prefix': { limit: 20, action: 'block' },
      'max-paths-per-prefix': 3,
      'max-prefix-out': { limit: 8, action: 'block' },
      ...range(GROUPS.limited),
    },
  },
};
