/**
 * The reflector in a member AS of a confederation (RFC 5065): FRR as its client, FRR and BIRD 2 as other member AS, FRR and
 * BIRD 2 outside.
 */
import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { bird2Host } from '../lab/hosts/bird.ts';
import { frrHost, frrSwitch } from '../lab/hosts/frr.ts';
import type { BgpHost, LearnedRoute } from '../lab/hosts/host.ts';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { Lab, type Namespace } from '../lab/namespace.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { eventually } from '../lab/wait-for.ts';

const IDENTIFIER = 4_200_000_500;
const [OURS, FRR_AS, BIRD_AS] = [65_001, 65_002, 4_200_000_003];
const [FRR_OUT, BIRD_OUT] = [3333, 4444];
const MEMBERS = [OURS, FRR_AS, BIRD_AS];
const NAMES = ['client', 'frr', 'bird', 'frrOutside', 'birdOutside'] as const;
type Name = (typeof NAMES)[number];
const PREFIX: Record<Name, string> = {
  client: '10.1.0.0/24',
  frr: '10.2.0.0/24',
  bird: '10.3.0.0/24',
  frrOutside: '10.4.0.0/24',
  birdOutside: '10.5.0.0/24',
};
const STAYS = { noExport: '10.6.0.0/24', localAs: '10.7.0.0/24' };

jest.setTimeout(90_000);

describeAsRoot(['frr', 'bird2'], 'a confederation', () => {
  const lab = new Lab();
  const hosts = {} as Record<Name, BgpHost>;
  let center: Namespace;
  let daemon: Reflectord;

  beforeAll(async () => {
    center = await lab.host('reflector', 1);
    daemon = new Reflectord(center.folder, center);
    const spaces = await Promise.all(NAMES.map((name, at) => lab.host(name, at + 2)));
    const common = (name: Name, as: number) => {
      const ns = spaces[NAMES.indexOf(name)]!;
      const inside = MEMBERS.includes(as);
      const members = MEMBERS.filter((each) => each !== as);
      return {
        ...{ ns, as, routerId: ns.ipv4, neighbors: [center], neighborAs: inside ? OURS : IDENTIFIER },
        ...(inside ? { confederation: { identifier: IDENTIFIER, members } } : {}),
        prefixes: { [PREFIX[name]]: {} },
      };
    };
    const rich = {
      [PREFIX.client]: { localPref: 321, med: 55 },
      [STAYS.noExport]: { communities: ['no-export'] },
      [STAYS.localAs]: { communities: ['local-AS'] },
    };
    hosts.client = frrHost({ ...common('client', OURS), prefixes: rich });
    hosts.frr = frrSwitch(common('frr', FRR_AS));
    hosts.bird = bird2Host(common('bird', BIRD_AS));
    hosts.frrOutside = frrSwitch(common('frrOutside', FRR_OUT));
    hosts.birdOutside = bird2Host(common('birdOutside', BIRD_OUT));
    await Promise.all([daemon.start(configuration()), ...Object.values(hosts).map((host) => host.start())]);
    await Promise.all(Object.values(hosts).map((host) => host.established()));
  });
  afterAll(() => lab.close());

  // interop: confederation: bird2, frr
  test('is seen from inside by its member AS, from outside by its identifier', async () => {
    await sees('client', { frr: [[FRR_AS], []], bird: [[BIRD_AS], []], frrOutside: [[], [FRR_OUT]] });
    await sees('frr', {
      client: [[OURS], []],
      bird: [[OURS, BIRD_AS], []],
      frrOutside: [[OURS], [FRR_OUT]],
      birdOutside: [[OURS], [BIRD_OUT]],
    });
    await sees('bird', {
      client: [[OURS], []],
      frr: [[OURS, FRR_AS], []],
      frrOutside: [[OURS], [FRR_OUT]],
      birdOutside: [[OURS], [BIRD_OUT]],
    });
    const outside = { client: [[], [IDENTIFIER]], frr: [[], [IDENTIFIER]], bird: [[], [IDENTIFIER]] } as const;
    await sees('frrOutside', { ...outside, birdOutside: [[], [IDENTIFIER, BIRD_OUT]] });
    await sees('birdOutside', { ...outside, frrOutside: [[], [IDENTIFIER, FRR_OUT]] });
  });

  test.each(['frr', 'bird'] as const)('LOCAL_PREF, MED and next hop reach the member AS %s', async (name) => {
    const nextHop = hosts.client.ns.ipv4;
    expect(await learned(name, PREFIX.client)).toMatchObject({ localPref: 321, med: 55, nextHop, clusterList: [] });
    expect((await learned(name, PREFIX.client))?.originatorId).toBeNull();
  });

  test('LOCAL_PREF of a member reaches the client, and no outside peer', async () => {
    await hosts.bird.announce(PREFIX.bird, { localPref: 222 });
    await eventually('the client has it', async () => {
      expect(await learned('client', PREFIX.bird)).toMatchObject({ localPref: 222, nextHop: hosts.bird.ns.ipv4 });
    });
    expect(await learned('birdOutside', PREFIX.bird)).toMatchObject({ asPath: [IDENTIFIER], med: null });
  });

  test('NO_EXPORT stays in the confederation, NO_EXPORT_SUBCONFED in the member AS', async () => {
    const where = async (prefix: string) => {
      const all = await Promise.all(NAMES.map(async (name) => [name, await learned(name, prefix)] as const));
      return all.filter(([, route]) => route !== undefined).map(([name]) => name);
    };
    await eventually('the member AS have it', async () => {
      expect(await where(STAYS.noExport)).toEqual(['frr', 'bird']);
    });
    expect(await where(STAYS.localAs)).toEqual([]);
  });

  test('is shown by `show`', async () => {
    const peers = await daemon.ask('show peers', {});
    const roleOf = (name: Name) => peers.find(({ address }) => address === hosts[name].ns.ipv4)?.role;
    expect(NAMES.map(roleOf)).toEqual(['client', 'confed-ebgp', 'confed-ebgp', 'ebgp', 'ebgp']);
    expect(await daemon.ask('status', {})).toEqual([expect.objectContaining({ as: OURS, confederation: IDENTIFIER })]);
    expect(daemon.log()).not.toMatch(/malformed/);
  });

  test('waits for a restart where it is changed: every session stays, with the numbers that it has', async () => {
    writeFileSync(daemon.configuration, stringify(configuration(64_500)));
    expect(await daemon.ask('reload', {})).toMatchObject([{ outcome: 'in-force', restart: ['router.confederation'] }]);
    await eventually('the log has it', () => expect(daemon.log()).toMatch(/restart.*router\.confederation/));
    await daemon.commandLine('reset', hosts.frrOutside.ns.ipv4);
    await hosts.frrOutside.established();
    const peers = await daemon.ask('show peers', {});
    const dropped = Object.fromEntries(peers.map(({ address, dropped: times }) => [address, times]));
    expect(NAMES.map((name) => dropped[hosts[name].ns.ipv4])).toEqual([0, 0, 0, 1, 0]);
  });

  function configuration(identifier = IDENTIFIER): object {
    const peers = Object.values(hosts).flatMap(({ ns, as }) =>
      [ns.ipv4, ns.ipv6].map((address) => ({ address, as, group: groupOf(as), 'connect-retry-time': 1 })),
    );
    return {
      router: { as: OURS, id: center.ipv4, confederation: { identifier, members: MEMBERS } },
      groups: {
        clients: { 'route-reflector-client': true },
        members: {},
        others: { import: 'accept', export: 'accept' },
      },
      peers,
      control: { socket: daemon.socket },
    };
  }

  async function learned(at: Name, prefix: string): Promise<LearnedRoute | undefined> {
    return (await hosts[at].routes()).find((route) => route.prefix === prefix);
  }

  /** The confederation's segments of a path and the others, by whose prefix it is. */
  async function sees(at: Name, expected: Partial<Record<Name, readonly [readonly number[], readonly number[]]>>) {
    await eventually(`${at} has the paths that it should`, async () => {
      const routes = await hosts[at].routes();
      const of = (name: Name) => routes.find(({ prefix }) => prefix === PREFIX[name]);
      const names = Object.keys(expected) as Name[];
      const paths = names.map((name) => [name, [of(name)?.confedPath ?? [], of(name)?.asPath]]);
      expect(Object.fromEntries(paths)).toEqual(expected);
    });
  }
});

function groupOf(as: number): string {
  if (as === OURS) return 'clients';
  return MEMBERS.includes(as) ? 'members' : 'others';
}
