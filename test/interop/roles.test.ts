/** BGP roles (RFC 9234) with BIRD 2 as provider, customer and lateral peer, and as one whose role does not fit; FRR as customer. */
import { writeFileSync } from 'node:fs';
import { BirdDaemon } from '../lab/hosts/bird.ts';
import { frrHost } from '../lab/hosts/frr.ts';
import type { BgpHost } from '../lab/hosts/host.ts';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { Lab, type Namespace } from '../lab/namespace.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { eventually } from '../lab/wait-for.ts';

const AS = 65000;
const FRR_AS = 65_110;
/** Its role there, ours here, and what it announces. */
const PEERS = [
  { name: 'above', theirs: 'provider', ours: 'customer', prefix: '10.1.0.0/16' },
  { name: 'below', theirs: 'customer', ours: 'provider', prefix: '10.2.0.0/16' },
  { name: 'beside', theirs: 'peer', ours: 'peer', prefix: '10.3.0.0/16' },
  { name: 'wrong', theirs: 'customer', ours: 'customer', prefix: '10.4.0.0/16' },
] as const;

jest.setTimeout(60_000);

describeAsRoot(['bird2', 'frr'], 'BGP roles with BIRD 2 and FRR', () => {
  const lab = new Lab();
  let center: Namespace;
  let reflector: Reflectord;
  const birds = new Map<string, BirdDaemon>();
  const spaces = new Map<string, Namespace>();
  let frr: BgpHost;

  beforeAll(async () => {
    center = await lab.host('reflector', 1);
    reflector = new Reflectord(center.folder, center);
    for (const [i, peer] of PEERS.entries()) {
      const ns = await lab.host(peer.name, i + 2);
      spaces.set(peer.name, ns);
      birds.set(peer.name, bird(ns, asOf(i), peer));
    }
    const peers = PEERS.map(({ name, ours }, i) => ({
      address: spaces.get(name)!.ipv4,
      as: asOf(i),
      ...settingsOf(ours),
    }));
    const place = await lab.host('frr', PEERS.length + 2);
    frr = frrHost({
      ns: place,
      as: FRR_AS,
      routerId: place.ipv4,
      neighbors: [center],
      neighborAs: AS,
      role: 'customer',
      prefixes: { '10.5.0.0/16': {} },
    });
    peers.push({ address: place.ipv4, as: FRR_AS, ...settingsOf('provider') });
    await reflector.start({ router: { as: AS, id: center.ipv4 }, peers });
    await Promise.all([...birds.values(), frr].map((one) => one.start()));
  });
  afterAll(() => lab.close());

  // interop: roles: bird2, frr
  test('take routes where they may go, marked', async () => {
    await eventually('each peer has the routes that it may receive', async () => {
      expect(await learned('below')).toEqual(['10.1.0.0/16', '10.3.0.0/16', '10.5.0.0/16']);
      expect(await learned('above')).toEqual(['10.2.0.0/16', '10.5.0.0/16']);
      expect(await learned('beside')).toEqual(['10.2.0.0/16', '10.5.0.0/16']);
      const known = (await frr.routes()).map(({ prefix }) => prefix);
      expect(known.sort()).toEqual(['10.1.0.0/16', '10.2.0.0/16', '10.3.0.0/16']);
    });
    const [row] = await reflector.ask('explain', { prefix: '10.1.0.0/16', peer: spaces.get('beside')!.ipv4 });
    expect(row?.why).toContain('ONLY_TO_CUSTOMER');
    const [shown] = await reflector.ask('show rib', { target: '10.1.0.0/16' });
    expect(shown?.paths[0]?.others).toContainEqual(expect.objectContaining({ code: 35, value: hex(asOf(0)) }));
    expect(await birds.get('below')!.ask('show route 10.1.0.0/16 all')).toMatch(new RegExp(`otc: ${asOf(0)}`, 'i'));
  });

  test('that do not go together are refused, with what to change', async () => {
    await eventually('the log says what to change', () => {
      expect(reflector.log()).toMatch(
        /Role Mismatch.*role of the peer is customer, and the role of this side is customer.*bgp-role/,
      );
    });
    const [view] = await reflector.ask('show peer', { peer: spaces.get('wrong')!.ipv4 });
    expect(view?.established).toBe(0);
  });

  test('are shown by both sides', async () => {
    const [view] = await reflector.ask('show peer', { peer: frr.ns.ipv4 });
    expect(view?.bgpRole).toEqual({ ours: 'provider', theirs: 'customer' });
  });

  async function learned(name: string): Promise<string[]> {
    const text = await birds.get(name)!.ask('show route protocol session');
    return [...text.matchAll(/^(\d+\.\d+\.\d+\.\d+\/\d+)/gm)].map(([, prefix]) => prefix!).sort();
  }

  function bird(ns: Namespace, as: number, { theirs, prefix }: (typeof PEERS)[number]): BirdDaemon {
    const one = new BirdDaemon(ns, 'bird2', '');
    writeFileSync(
      one.configuration,
      `log stderr all;
router id ${ns.ipv4};
protocol device { scan time 60; }
protocol direct { ipv4; }
protocol static { ipv4; route ${prefix} blackhole; }
protocol bgp session { local ${ns.ipv4} as ${as}; neighbor ${center.ipv4} as ${AS}; local role ${theirs};
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 { import all; export where source = RTS_STATIC; }; }
`,
    );
    return one;
  }
});

/** A peer to which we are this. */
function settingsOf(ours: string) {
  const policy = { import: 'accept', export: 'accept' };
  return { 'bgp-role': ours, families: ['ipv4-unicast'], ...policy, passive: true };
}

function asOf(index: number): number {
  return 65_101 + index;
}

function hex(as: number): string {
  return as.toString(16).padStart(8, '0');
}
