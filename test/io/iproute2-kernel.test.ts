/** The adapter against the real kernel, in a namespace per test. */
import type { RouteChange } from '../../src/fib/port/ports.ts';
import { KernelFib } from '../../src/io/iproute2/kernel-fib.ts';
import { type FamilyId, IPV4_UNICAST, IPV6_UNICAST } from '../../src/wire/families.ts';
import { describeWithKernel, Namespace } from './namespace.ts';

const P = '10.1.0.0/24';
const V0 = { kind: 'via', via: { gateway: '192.0.2.9', device: 'v0' } };

function set(prefix: string, gateway: string, owned = false): RouteChange {
  const [address, device = null] = gateway.split('%');
  return { kind: 'set', prefix, to: { kind: 'via', via: { gateway: address, device } }, owned };
}

function remove(prefix: string): RouteChange {
  return { kind: 'delete', prefix, metric: null };
}

describeWithKernel('routes in the kernel', () => {
  let ns: Namespace;
  let fib: KernelFib;

  beforeEach(() => {
    ns = new Namespace();
    fib = open();
  });

  afterEach(async () => {
    await fib.close();
    ns.destroy();
  });

  function open(overrides: object = {}): KernelFib {
    return new KernelFib({
      command: ns.command,
      table: 254,
      protocol: 186,
      metric: 20,
      timeoutMs: 20_000,
      ...overrides,
    });
  }

  async function refusals(family: FamilyId, ...changes: RouteChange[]) {
    const result = await fib.apply(family, changes);
    if (result.kind !== 'done') throw new Error(result.reason);
    return result.refusals;
  }

  test('are set, replaced and deleted in both families', async () => {
    expect(await refusals(IPV4_UNICAST, set(P, '192.0.2.9'), set('10.2.3.4/32', '192.0.2.9'))).toEqual([null, null]);
    expect(await refusals(IPV6_UNICAST, set('2001:db8:1::/48', '2001:db8::9'), set('::/0', 'fe80::1%v0'))).toEqual([
      null,
      null,
    ]);
    expect(ns.routes()).toEqual([`${P} 192.0.2.9 186 20`, '10.2.3.4 192.0.2.9 186 20']);
    expect(ns.routes('-6')).toEqual(['2001:db8:1::/48 2001:db8::9 186 20', 'default fe80::1 186 20']);
    await refusals(IPV4_UNICAST, set(P, '192.0.2.10', true), remove('10.2.3.4/32'));
    await refusals(IPV6_UNICAST, set('::/0', '2001:db8::7', true), remove('2001:db8:1::/48'));
    expect(ns.routes()).toEqual([`${P} 192.0.2.10 186 20`]);
    expect(ns.routes('-6')).toEqual(['default 2001:db8::7 186 20']);
  });

  test('an IPv4 route takes an IPv6 next hop', async () => {
    expect(await refusals(IPV4_UNICAST, set(P, 'fe80::9%v0'))).toEqual([null]);
    expect(ns.routes()).toEqual([`${P} fe80::9 186 20`]);
  });

  test('that it refuses are named in plain words and its own, each with those about it', async () => {
    const answers = await refusals(
      IPV4_UNICAST,
      set('10.1.0.0/24', '192.0.2.9'),
      set('10.2.0.0/24', '203.0.113.1'),
      set('10.3.0.0/24', '192.0.2.9'),
      set('10.4.0.0/24', '192.0.2.9%nope'),
      remove('10.5.0.0/24'),
    );
    expect(answers).toEqual([
      null,
      { kind: 'refused', words: 'this host has no route to the next hop (Error: Nexthop has invalid gateway.)' },
      null,
      { kind: 'refused', words: 'the interface to the next hop does not exist (Cannot find device "nope")' },
      null,
    ]);
    expect(ns.routes()).toEqual(['10.1.0.0/24 192.0.2.9 186 20', '10.3.0.0/24 192.0.2.9 186 20']);
  });

  test.each([
    [IPV4_UNICAST, '-4', P, '192.0.2.77', '192.0.2.9'],
    [IPV6_UNICAST, '-6', '2001:db8:1::/48', '2001:db8::77', '2001:db8::9'],
  ] as const)(
    'of other owners are neither overwritten nor deleted (family %d)',
    async (family, flag, prefix, theirs, ours) => {
      ns.ip(`${flag} route add ${prefix} via ${theirs} metric 20 proto static`);
      const before = ns.routes(flag);
      const [refusal] = await refusals(family, set(prefix, ours));
      expect(refusal?.kind).toBe('conflict');
      expect(refusal?.words).toContain(`${prefix} via ${theirs}`);
      expect(await refusals(family, remove(prefix))).toEqual([null]);
      expect(ns.routes(flag)).toEqual(before);
    },
  );

  test('a foreign route with another metric is no conflict', async () => {
    ns.ip(`route add ${P} via 192.0.2.77 metric 21 proto static`);
    expect(await refusals(IPV4_UNICAST, set(P, '192.0.2.9'))).toEqual([null]);
    await refusals(IPV4_UNICAST, remove(P));
    expect(ns.routes()).toEqual([`${P} 192.0.2.77 4 21`]);
  });

  test('many conflicts among many of ours are distinguished', async () => {
    const prefixes = Array.from({ length: 60 }, (_, i) => `10.1.${i}.0/24`);
    for (const [i, prefix] of prefixes.entries()) {
      if (i % 3 === 0) ns.ip(`route add ${prefix} via 192.0.2.77 metric 20 proto static`);
      if (i % 3 === 1) ns.ip(`route add ${prefix} via 192.0.2.78 metric 20 proto 186`);
    }
    const answers = await refusals(IPV4_UNICAST, ...prefixes.map((prefix) => set(prefix, '192.0.2.9')));
    expect(answers.map((answer) => answer?.kind ?? 'done')).toEqual(
      prefixes.map((_, i) => (i % 3 === 0 ? 'conflict' : 'done')),
    );
    expect(ns.routes().filter((route) => route.endsWith('192.0.2.9 186 20')).length).toBe(40);
    expect(ns.routes().filter((route) => route.endsWith('192.0.2.77 4 20')).length).toBe(20);
  });

  test('of ours that already exist are replaced even if they were not known', async () => {
    ns.ip(`route add ${P} via 192.0.2.77 metric 20 proto 186`);
    expect(await refusals(IPV4_UNICAST, set(P, '192.0.2.9'))).toEqual([null]);
    expect(ns.routes()).toEqual([`${P} 192.0.2.9 186 20`]);
  });

  test('only those of our protocol id are read, from our table', async () => {
    ns.ip(`route add ${P} via 192.0.2.9 metric 20 proto 186`);
    ns.ip('route add 10.2.0.0/24 via 192.0.2.9 metric 7 proto 186');
    ns.ip('route add 10.3.0.0/24 via 192.0.2.9 metric 20 proto static');
    ns.ip('route add 10.4.0.0/24 via 192.0.2.9 metric 20 proto 186 table 77');
    const seen: unknown[] = [];
    await fib.read(IPV4_UNICAST, (route) => seen.push(route));
    expect(seen).toEqual([
      { address: Uint8Array.of(10, 1, 0, 0), length: 24, metric: 20, to: V0, gateway: '192.0.2.9' },
      { address: Uint8Array.of(10, 2, 0, 0), length: 24, metric: 7, to: V0, gateway: '192.0.2.9' },
    ]);
  });

  test('a table that does not exist yet is empty, and comes with its first route', async () => {
    const other = open({ table: 4242 });
    const seen: unknown[] = [];
    await other.read(IPV4_UNICAST, (route) => seen.push(route));
    await other.read(IPV6_UNICAST, (route) => seen.push(route));
    expect(seen).toEqual([]);
    await other.apply(IPV4_UNICAST, [remove(P)]);
    expect(await other.apply(IPV4_UNICAST, [set(P, '192.0.2.9')])).toEqual({ kind: 'done', refusals: [null] });
    expect(ns.routes('-4', '4242')).toEqual([`${P} 192.0.2.9 186 20`]);
    await other.close();
  });

  test('a worker that is killed in mid-batch loses nothing', async () => {
    await refusals(IPV4_UNICAST, remove(P));
    const prefixes = Array.from({ length: 3000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`);
    const under = refusals(IPV4_UNICAST, ...prefixes.map((prefix) => set(prefix, '192.0.2.9')));
    const pid = await fib.lane(IPV4_UNICAST).pid();
    while (ns.routes().length < 10); // it is at work
    process.kill(pid as number, 'SIGKILL');
    expect((await under).every((refusal) => refusal === null)).toBe(true);
    expect(ns.routes().length).toBe(3000);
  }, 30_000);

  test('cannot be changed without CAP_NET_ADMIN, and that is said', async () => {
    const command = [...ns.command.slice(0, -1), 'setpriv', '--bounding-set=-net_admin', 'ip'];
    const powerless = open({ command });
    expect(await powerless.apply(IPV4_UNICAST, [set(P, '192.0.2.9')])).toEqual({
      kind: 'unavailable',
      reason: 'Operation not permitted: CAP_NET_ADMIN is missing',
    });
    await powerless.close();
  });
});

test('without an ip program both directions say so', async () => {
  const fib = new KernelFib({ command: ['/nonexistent/ip'], table: 254, protocol: 186, metric: 20, timeoutMs: 1000 });
  const reason = 'spawn /nonexistent/ip ENOENT';
  expect(await fib.apply(IPV4_UNICAST, [remove(P)])).toEqual({ kind: 'unavailable', reason });
  await expect(fib.read(IPV4_UNICAST, () => {})).rejects.toThrow(reason);
  await fib.close();
});
