/**
 * What a BIRD 2 of another AS may send: paths that have been here, paths without its own number (as a route server sends
 * them), AIGP; and how many prefixes a client is told of.
 */
import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { BirdDaemon } from '../lab/hosts/bird.ts';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { Lab, type Namespace } from '../lab/namespace.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { eventually } from '../lab/wait-for.ts';

const AS = 65000;
const SITE_AS = 65_101;
const SERVER_AS = 65_102;
/** It has been here; it does not begin with its sender's number; and others beside them. */
const RETURNED = '10.1.0.0/16';
const FOREIGN = '10.2.0.0/16';
const PLAIN = ['10.3.0.0/16', '10.4.0.0/16', '10.5.0.0/16'];

jest.setTimeout(60_000);

describeAsRoot(['bird2'], 'a BIRD 2 of another AS', () => {
  const lab = new Lab();
  let center: Namespace;
  let reflector: Reflectord;
  let site: BirdDaemon;
  let server: BirdDaemon;
  let client: BirdDaemon;
  const spaces: Namespace[] = [];

  beforeAll(async () => {
    center = await lab.host('reflector', 1);
    for (const [i, name] of ['site', 'server', 'client'].entries()) spaces.push(await lab.host(name, i + 2));
    reflector = new Reflectord(center.folder, center);
    const [first, second, third] = spaces as [Namespace, Namespace, Namespace];
    const ours = `if net = ${RETURNED} then bgp_path.prepend(${AS});`;
    site = bird(first, SITE_AS, [RETURNED, ...PLAIN], ours, 'aigp originate;');
    server = bird(second, SERVER_AS, [FOREIGN], 'bgp_path.prepend(65200);', '', 'rs client;');
    client = bird(third, AS, [], 'reject;', 'aigp yes;', 'allow local as 1;');
    await reflector.start(configuration({}, {}));
    await Promise.all([site, server, client].map((one) => one.start()));
  });
  afterAll(() => lab.close());

  // interop: ebgp: bird2
  test('its path with our AS, and one that does not start with its own AS, are unusable, with the reason', async () => {
    await eventually('the reasons are shown', async () => {
      expect(await unusable(RETURNED)).toMatch(/our AS number is in its AS_PATH/);
      expect(await unusable(FOREIGN)).toMatch(/does not begin with the peer's AS number.*enforce-first-as/);
    });
    const [[view], [other]] = await Promise.all(
      spaces.slice(0, 2).map(({ ipv4 }) => reflector.ask('show peer', { peer: ipv4 })),
    );
    expect([view?.ownAsPaths, other?.firstAsPaths]).toEqual([1, 1]);
    await eventually('the client has the others', async () => expect(await learned()).toEqual(PLAIN));
  });

  test('AIGP is not accepted from it, until it is configured to belong to our administration', async () => {
    expect(await client.ask(`show route ${PLAIN[0]} all`)).not.toMatch(/aigp/i);
    await reload({ aigp: true }, {});
    await eventually('the client has the metric', async () => {
      expect(await client.ask(`show route ${PLAIN[0]} all`)).toMatch(/BGP\.aigp: 50\b/);
    });
  });

  test('both are used where the operator allows it, without a reset', async () => {
    await reload({ aigp: true, 'allow-own-as': 1, 'enforce-first-as': false }, {});
    await eventually('the client has them', async () => {
      expect(await learned()).toEqual([RETURNED, FOREIGN, ...PLAIN]);
    });
    const [view] = await reflector.ask('show peer', { peer: spaces[1]!.ipv4 });
    // Once more for AIGP, which belongs to the OPEN's terms.
    expect(view).toMatchObject({ established: 2, firstAsPaths: 0 });
  });

  test('a client is sent as many prefixes as its limit allows, and the operator sees the limit', async () => {
    const exchange = { aigp: true, 'allow-own-as': 1, 'enforce-first-as': false };
    await reload(exchange, { 'max-prefix-out': { limit: 2, action: 'block' } });
    await client.ask('restart session');
    await eventually('it has two', async () => expect(await learned()).toHaveLength(2));
    await eventually('the limit is shown as reached', async () => {
      const [view] = await reflector.ask('show peer', { peer: spaces[2]!.ipv4 });
      expect(view?.families[0]?.maxPrefixOut).toMatchObject({ limit: 2, count: 2, blocked: 3, level: 'over' });
    });
    const left = await reflector.ask('explain', { prefix: PLAIN[2]!, peer: spaces[2]!.ipv4 });
    const [row] = left;
    expect(
      row?.advertised || row?.why === 'the group has reached its limit of advertised prefixes (`max-prefix-out`)',
    ).toBe(true);
    await reload(exchange, {});
    await eventually('it has all', async () => expect(await learned()).toHaveLength(5));
  });

  async function unusable(target: string): Promise<string | null | undefined> {
    const [shown] = await reflector.ask('show rib', { target });
    return shown?.paths[0]?.unusable;
  }

  /** What the client has of the reflector. */
  async function learned(): Promise<string[]> {
    const text = await client.ask('show route protocol session');
    return [...text.matchAll(/^(\d+\.\d+\.\d+\.\d+\/\d+)/gm)].map(([, prefix]) => prefix!).sort();
  }

  async function reload(outside: object, inside: object): Promise<void> {
    const { control: _control, ...rest } = configuration(outside, inside) as { control?: unknown };
    writeFileSync(reflector.configuration, stringify({ ...rest, control: { socket: reflector.socket } }));
    await reflector.commandLine('reload');
  }

  function configuration(outside: object, inside: object): object {
    const common = { families: ['ipv4-unicast'], passive: true };
    const policy = { import: 'accept', export: 'accept', ...outside };
    const [first, second, third] = spaces.map(({ ipv4 }) => ipv4);
    return {
      router: { as: AS, id: center.ipv4 },
      peers: [
        { address: first, as: SITE_AS, ...common, ...policy },
        { address: second, as: SERVER_AS, ...common, ...policy },
        { address: third, as: AS, 'route-reflector-client': true, ...common, ...inside },
      ],
    };
  }

  /** @param words what becomes of what it announces */
  function bird(
    ns: Namespace,
    as: number,
    prefixes: readonly string[],
    words: string,
    channel = '',
    session = '',
  ): BirdDaemon {
    const one = new BirdDaemon(ns, 'bird2', '');
    writeFileSync(
      one.configuration,
      `log stderr all;
router id ${ns.ipv4};
protocol device { scan time 60; }
protocol direct { ipv4; }
protocol static { ipv4; ${prefixes.map((prefix) => `route ${prefix} blackhole { igp_metric = 50; };`).join(' ')} }
filter told { if source != RTS_STATIC then reject; ${words} accept; }
protocol bgp session { local ${ns.ipv4} as ${as}; neighbor ${center.ipv4} as ${AS}; ${session}
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 { import all; ${channel} export filter told; }; }
`,
    );
    return one;
  }
});
