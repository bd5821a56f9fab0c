/**
 * What an operator says of routes beside their next hop: table and metric per family, source, on-link, dropped ones.
 */
import type { KernelRoute, RouteChange, Target } from '../../src/fib/port/ports.ts';
import { KernelFib, type KernelFibOptions } from '../../src/io/iproute2/kernel-fib.ts';
import { parsePrefix } from '../../src/lib/ip.ts';
import { IPV4_UNICAST, IPV6_UNICAST } from '../../src/wire/families.ts';
import { describeWithKernel, Namespace } from './namespace.ts';

const HOME = { table: 254, protocol: 186, metric: 20, timeoutMs: 20_000 };
const P4 = '10.1.0.0/24';
const P6 = '2001:db8:1::/48';

function set(prefix: string, to: Target, owned = false): RouteChange {
  return { kind: 'set', prefix, to, owned };
}

function via(gateway: string, device: string | null = null): Target {
  return { kind: 'via', via: { gateway, device } };
}

describeWithKernel('routes at home', () => {
  let ns: Namespace;
  let fib: KernelFib;

  beforeEach(() => {
    ns = new Namespace();
  });

  afterEach(async () => {
    await fib.close();
    ns.destroy();
  });

  function open(overrides: Partial<KernelFibOptions> = {}): void {
    fib = new KernelFib({ command: ns.command, ...HOME, ...overrides });
  }

  async function done(family: typeof IPV4_UNICAST, ...changes: RouteChange[]): Promise<void> {
    expect(await fib.apply(family, changes)).toEqual({ kind: 'done', refusals: changes.map(() => null) });
  }

  async function read(family: typeof IPV4_UNICAST): Promise<KernelRoute[]> {
    const seen: KernelRoute[] = [];
    await fib.read(family, (route) => seen.push(route));
    return seen;
  }

  test('have table, metric and protocol of their family', async () => {
    open({ families: [undefined, { table: 77, protocol: 99, metric: 5 }] });
    await done(IPV4_UNICAST, set(P4, via('192.0.2.9')));
    await done(IPV6_UNICAST, set(P6, via('2001:db8::9')));
    expect(ns.routes()).toEqual([`${P4} 192.0.2.9 186 20`]);
    expect(ns.routes('-6', '77')).toEqual([`${P6} 2001:db8::9 99 5`]);
    expect(await read(IPV6_UNICAST)).toMatchObject([{ metric: 5, gateway: '2001:db8::9' }]);
    ns.ip(`-6 route add 2001:db8:2::/48 via 2001:db8::9 metric 5 proto static table 77`);
    expect(await fib.apply(IPV6_UNICAST, [set('2001:db8:2::/48', via('2001:db8::9'))])).toMatchObject({
      refusals: [{ kind: 'conflict' }],
    });
    await done(IPV6_UNICAST, { kind: 'delete', prefix: P6, metric: null });
    expect(await read(IPV6_UNICAST)).toEqual([]);
  });

  test('have their source address, with a gateway, a nexthop object, and several next hops', async () => {
    ns.ip('addr add 192.0.2.77/32 dev lo');
    ns.ip('-6 addr add 2001:db8::77/128 dev lo nodad');
    const src4 = { table: 254, protocol: 186, metric: 20, src: '192.0.2.77' };
    open({ families: [src4, { ...src4, src: '2001:db8::77' }] });
    const content = { kind: 'via', via: { gateway: '192.0.2.9', device: 'v0' } } as const;
    await fib.applyObjects([{ kind: 'create', id: 9000, content }]);
    const paths = ['192.0.2.9', '192.0.2.10'].map((gateway) => ({ via: { gateway, device: 'v0' }, weight: 1 }));
    await done(
      IPV4_UNICAST,
      set(P4, via('192.0.2.9')),
      set('10.2.0.0/24', { kind: 'object', id: 9000 }),
      set('10.3.0.0/24', { kind: 'paths', paths }),
    );
    await done(IPV6_UNICAST, set(P6, via('2001:db8::9')));
    for (const [prefix, src] of [
      [P4, '192.0.2.77'],
      ['10.2.0.0/24', '192.0.2.77'],
      ['10.3.0.0/24', '192.0.2.77'],
      [P6, '2001:db8::77'],
    ]) {
      expect(ns.ip(`${prefix.includes(':') ? '-6 ' : ''}route show ${prefix}`)).toContain(` src ${src} `);
    }
    expect((await read(IPV4_UNICAST)).map(({ to }) => to?.kind)).toEqual(['via', 'object', 'paths']);
    ns.ip(`route replace ${P4} via 192.0.2.9 metric 20 proto 186`);
    expect((await read(IPV4_UNICAST))[0].to).toBe(null); // not what we would make: it is set again
  });

  test('that drop packets are set, read, made of others and back, and deleted', async () => {
    open();
    await done(IPV4_UNICAST, set(P4, via('192.0.2.9')), set('10.2.0.0/24', { kind: 'discard', how: 'unreachable' }));
    await done(IPV6_UNICAST, set(P6, { kind: 'discard', how: 'blackhole' }));
    await done(IPV4_UNICAST, set(P4, { kind: 'discard', how: 'blackhole' }, true));
    const how = (route: KernelRoute) => (route.to?.kind === 'discard' ? route.to.how : null);
    expect((await read(IPV4_UNICAST)).map(how)).toEqual(['blackhole', 'unreachable']);
    expect((await read(IPV6_UNICAST)).map(how)).toEqual(['blackhole']);
    await done(IPV4_UNICAST, set(P4, via('192.0.2.9'), true), { kind: 'delete', prefix: '10.2.0.0/24', metric: null });
    await done(IPV6_UNICAST, set(P6, via('2001:db8::9'), true));
    expect(ns.routes()).toEqual([`${P4} 192.0.2.9 186 20`]);
    expect(ns.routes('-6')).toEqual([`${P6} 2001:db8::9 186 20`]);
  });

  test('lead to next hops that are on an interface because the operator says so', async () => {
    const onlink = [
      { prefix: parsePrefix('203.0.113.0/24')!, device: 'v0' },
      { prefix: parsePrefix('2001:db8:ff::/48')!, device: 'v0' },
      { prefix: parsePrefix('198.51.100.0/24')!, device: 'nowhere0' },
    ];
    open({ onlink });
    const names = ['203.0.113.5', '2001:db8:ff::5', '198.51.100.5', '192.0.2.9'];
    const resolutions = await fib.resolve(names);
    expect(resolutions).toEqual([
      { kind: 'reachable', via: { gateway: '203.0.113.5', device: 'v0', onlink: true }, cost: 0 },
      { kind: 'reachable', via: { gateway: '2001:db8:ff::5', device: 'v0', onlink: true }, cost: 0 },
      { kind: 'unreachable', words: 'the next hop is unreachable: there is no interface nowhere0' },
      { kind: 'reachable', via: { gateway: '192.0.2.9', device: 'v0' }, cost: 0 },
    ]);
    const [v4, v6] = resolutions.map((one) => (one.kind === 'reachable' ? one.via : null)!);
    await done(IPV4_UNICAST, set(P4, { kind: 'via', via: v4 }));
    await done(IPV6_UNICAST, set(P6, { kind: 'via', via: v6 }));
    expect((await read(IPV4_UNICAST))[0].to).toEqual({ kind: 'via', via: v4 });
    expect((await read(IPV6_UNICAST))[0].to).toEqual({ kind: 'via', via: v6 });
    const content = { kind: 'via', via: v4 } as const;
    expect(await fib.applyObjects([{ kind: 'create', id: 9000, content }])).toMatchObject({ refusals: [null] });
    expect(await fib.readObjects()).toEqual([{ id: 9000, ours: true, content }]);
    ns.ip('link set v0 down');
    expect((await fib.resolve(['203.0.113.5']))[0]).toEqual({
      kind: 'unreachable',
      words: 'the next hop is unreachable: v0 is down',
    });
  });

  test('use a link-local next hop on its named interface, or on the interface of the peer that advertised it', async () => {
    open();
    const link = { kind: 'reachable', via: { gateway: 'fe80::1', device: 'v0' }, cost: 0 };
    expect(await fib.resolve(['fe80::1%v0', 'fe80::1@192.0.2.9', 'fe80::1@2001:db8::9', 'fe80::1@fe80::2%v0'])).toEqual(
      [link, link, link, link],
    );
    ns.ip('route add 198.51.100.0/24 via 192.0.2.9');
    const words = (text: string) => ({ kind: 'unreachable', words: `the next hop is unreachable: ${text}` });
    expect(await fib.resolve(['fe80::1@198.51.100.7', 'fe80::1@203.0.113.1', 'fe80::1%v7'])).toEqual([
      words('it is link-local, and the peer 198.51.100.7 is not directly connected'),
      words('no route to it'),
      words('there is no interface v7'),
    ]);
  });

  test('never use an IPv4-mapped IPv6 next hop, and the error names the remedy', async () => {
    open();
    ns.ip('-6 route add default via 2001:db8::9');
    expect(await fib.resolve(['::ffff:192.0.2.9', '2001:db8:7::1'])).toEqual([
      {
        kind: 'unreachable',
        words:
          'the next hop is unreachable: it is an IPv4-mapped IPv6 address, which cannot receive IPv6 packets: the peer needs an IPv6 address as next hop',
      },
      { kind: 'reachable', via: { gateway: '2001:db8::9', device: 'v0' }, cost: 1024 },
    ]);
  });

  test('cost the metric of the route that leads to a next hop, and nothing on link', async () => {
    open();
    ns.ip('route add 198.51.100.0/24 via 192.0.2.9 metric 30');
    ns.ip('route add 198.51.100.0/24 via 192.0.2.8 metric 40');
    ns.ip('route add 203.0.113.0/24 via 192.0.2.8');
    ns.ip('-6 route add 2001:db8:9::/48 via 2001:db8::9 metric 77');
    ns.ip('-6 route add 2001:db8:8::/48 via 2001:db8::9'); // the kernel makes 1024 of it
    ns.ip('nexthop add id 5 via 192.0.2.9 dev v0');
    ns.ip('route add 203.0.114.0/24 nhid 5 metric 9');
    ns.ip('route add 203.0.115.0/24 dev v0 metric 66');
    ns.ip('route add 203.0.116.0/24 metric 8 nexthop via 192.0.2.8 nexthop via 192.0.2.9');
    // Only a route of ours covers it better: the others are looked at.
    ns.ip('route add 198.51.100.7/32 via 192.0.2.7 proto 186 metric 20');
    const costs = async (...names: string[]) =>
      (await fib.resolve(names)).map((one) => (one.kind === 'reachable' ? one.cost : one.words));
    expect(await costs('198.51.100.1', '203.0.113.1', '203.0.114.1', '203.0.115.1', '203.0.116.1')).toEqual([
      ...[30, 0, 9, 0, 8],
    ]);
    expect(await costs('198.51.100.7', '192.0.2.9', '2001:db8:9::1', '2001:db8:8::1', 'fe80::1@192.0.2.9')).toEqual([
      ...[30, 0, 77, 1024, 0],
    ]);
    ns.ip('route del 198.51.100.0/24 metric 30');
    expect(await costs('198.51.100.1', '198.51.100.7')).toEqual([40, 40]);
  });

  test('in the table of a VRF are looked up there', async () => {
    const kind = JSON.parse(ns.ip('-j -d link show type vrf') || '[]') as object[];
    if (!tryVrf(ns)) return expect(kind.every((row) => Object.keys(row).length === 0)).toBe(true); // no VRF here: below
    open({ table: 10 });
    expect(await fib.resolve(['192.0.2.9'])).toEqual([
      { kind: 'reachable', via: { gateway: '192.0.2.9', device: 'v0' }, cost: 0 },
    ]);
    await done(IPV4_UNICAST, set(P4, via('192.0.2.9', 'v0')));
    expect(ns.routes('-4', '10')).toContain(`${P4} 192.0.2.9 186 20`);
  });
});

/** Puts v0 into a VRF with table 10; false where the kernel has none. */
function tryVrf(ns: Namespace): boolean {
  ns.batch(['link add blue type vrf table 10', 'link set blue up', 'link set v0 master blue']);
  return JSON.parse(ns.ip('-j link show')).some((link: { ifname: string }) => link.ifname === 'blue');
}

test('the VRF that has the table is named in what is asked about next hops', async () => {
  const links =
    '[{"ifname":"red","linkinfo":{"info_kind":"vrf","info_data":{"table":9}}},{"ifname":"blue","linkinfo":{"info_kind":"vrf","info_data":{"table":10}}}]';
  const answer = '[{"type":"1","dst":"192.0.2.0/24","dev":"v0","protocol":"2"}]';
  const script = `case "$*" in *"type vrf"*) echo '${links}';; *batch*) read line; case "$line" in *"vrf blue") echo '${answer}';; esac;; esac`;
  const fib = new KernelFib({ ...HOME, command: ['sh', '-c', script, 'ip'], table: 10 });
  expect(await fib.resolve(['192.0.2.9'])).toEqual([
    { kind: 'reachable', via: { gateway: '192.0.2.9', device: 'v0' }, cost: 0 },
  ]);
  await fib.close();
});
