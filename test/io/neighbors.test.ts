/** Neighbors on interfaces: parsing of `ip`, our advertisements, and changes of the neighbor table. */
import type { LinkNeighbors } from '../../src/engine/ports/ports.ts';
import { KernelNeighbors } from '../../src/io/neighbors/finder.ts';
import { parseLinkLine, parseNeighborLine, readLink, readNeighbor } from '../../src/io/neighbors/neighbor-lines.ts';
import { parseMac, routerAdvertisement, routerSolicitation } from '../../src/io/neighbors/packets.ts';
import { loadLibc } from '../../src/io/system/libc.ts';
import { formatAddress } from '../../src/lib/ip.ts';
import { eventually } from '../lab/wait-for.ts';
import { describeWithKernel, Namespace } from './namespace.ts';

const MAC = new Uint8Array([2, 0, 0x5e, 0x10, 0, 1]);

describe('lines of `ip monitor`', () => {
  const line = (text: string) => parseNeighborLine(`[2026-01-01T00:00:00.000000] [NEIGH]${text}`);
  const router = 'fe80::1 dev eth1 lladdr 02:00:5e:10:00:01 router';

  test.each([
    [`${router} STALE`, true],
    [`${router} REACHABLE`, true],
    ['fe80::1 dev eth1 lladdr 02:00:5e:10:00:01 REACHABLE', false],
    ['fe80::1 dev eth1  router FAILED', false],
    [`Deleted ${router} STALE`, false],
  ])('%s', (text, isRouter) => {
    expect(line(text)).toEqual({ address: 'fe80::1', interfaceName: 'eth1', isRouter });
  });

  test.each(['2001:db8::1 dev eth1 router STALE', '10.0.0.1 dev eth1 STALE', ''])('nothing follows from %j', (text) => {
    expect(line(text)).toBeNull();
  });

  test('of links', () => {
    const line = '[2026-01-01T00:00:00.000000] [LINK]Deleted 7: eth1@if3: <BROADCAST> mtu 1500';
    expect(parseLinkLine(line)).toEqual({ index: 7, name: 'eth1' });
    expect(parseLinkLine(line.replace('LINK', 'NEIGH'))).toBeNull();
  });
});

test('objects of `ip -j`', () => {
  const neighbor = { dst: 'fe80::1', dev: 'eth1', lladdr: '02:00:5e:10:00:01', router: null, state: ['STALE'] };
  expect(readNeighbor(neighbor)?.isRouter).toBe(true);
  expect(readNeighbor({ ...neighbor, state: ['FAILED'] })?.isRouter).toBe(false);
  const { router: _router, ...host } = neighbor;
  expect(readNeighbor(host)?.isRouter).toBe(false);
  expect(readNeighbor({ ...neighbor, dst: '10.0.0.1' })).toBeNull();
  const link = { ifindex: 7, ifname: 'eth1', flags: ['UP', 'LOWER_UP'], address: '02:00:5e:10:00:01' };
  expect(readLink(link)).toEqual({ name: 'eth1', index: 7, mac: MAC, up: true });
  expect(readLink({ ...link, flags: ['UP', 'NO-CARRIER'], address: '10.0.0.1' })).toMatchObject({
    mac: null,
    up: false,
  });
});

test('what we say of ourselves, byte by byte (RFC 4861 4.1, 4.2, 4.6.1)', () => {
  const option = [1, 1, 2, 0, 0x5e, 0x10, 0, 1];
  expect([...routerAdvertisement(MAC)]).toEqual([134, ...new Array(15).fill(0), ...option]);
  expect([...routerAdvertisement(null)]).toEqual([134, ...new Array(15).fill(0)]);
  expect([...routerSolicitation(MAC)]).toEqual([133, ...new Array(7).fill(0), ...option]);
  expect(parseMac('02:00:5e:10:00:01')).toEqual(MAC);
  for (const text of [undefined, '', '10.0.0.1', '02:00:5e:10:00', '02:00:5e:10:00:zz'])
    expect(parseMac(text)).toBeNull();
});

describeWithKernel("the kernel's table", () => {
  let ns: Namespace;
  let finder: KernelNeighbors;
  let last: LinkNeighbors | null;

  beforeEach(() => {
    ns = new Namespace();
    finder = new KernelNeighbors({ command: ns.command, timeoutMs: 10_000 });
    last = null;
  });
  afterEach(async () => {
    await finder.close();
    ns.destroy();
  });

  const watch = (name = 'v0') =>
    finder.watch(name, (found) => {
      last = found;
    });
  const routers = () => last?.routers.map((router) => formatAddress(router)) ?? null;
  const add = (address: string, more = ' router') =>
    ns.ip(`-6 neigh replace ${address} dev v0 lladdr 02:00:5e:10:00:01 nud stale${more}`);

  test('who was a router there before we came is found, and who comes later, the newest first', async () => {
    add('fe80::1');
    add('fe80::2', '');
    watch();
    await eventually('the first is found', () => expect(routers()).toEqual(['fe80::1']));
    add('fe80::3');
    await eventually('the second is found', () => expect(routers()).toEqual(['fe80::3', 'fe80::1']));
    ns.ip('-6 neigh del fe80::3 dev v0');
    await eventually('it is gone', () => expect(routers()).toEqual(['fe80::1']));
  });

  test('an interface without carrier, and a renamed one, has no neighbors', async () => {
    add('fe80::1');
    watch();
    await eventually('it is found', () => expect(last).toMatchObject({ up: true, routers: [expect.anything()] }));
    ns.ip('link set v1 down');
    await eventually('the link is down', () => expect(last).toMatchObject({ up: false, routers: [] }));
    ns.ip('link set v1 up');
    await eventually('the link is up', () => expect(last?.up).toBe(true));
    ns.ip('link set v0 down');
    ns.ip('link set v0 name other');
    ns.ip('link set other up');
    await eventually('the link is not there', () => expect(last?.up).toBe(false));
  });

  test('an interface that comes only later', async () => {
    watch('late0');
    await eventually('it is not there', () => expect(last).toMatchObject({ up: false, problem: null }));
    ns.ip('link add late0 type veth peer name late1');
    ns.ip('link set late1 up');
    ns.ip('link set late0 up');
    await eventually('it is there', () => expect(last?.up).toBe(true));
  });

  test('without libc nothing is advertised, and the operator gets the reason', async () => {
    await loadLibc(() => Promise.reject(new Error('no prebuilt library')));
    try {
      watch();
      const problem = 'Router Advertisements cannot be sent: koffi cannot be loaded: no prebuilt library';
      await eventually('it is reported', () => expect(last?.problem).toBe(problem), 20_000);
    } finally {
      await loadLibc(() => import('koffi'));
    }
  }, 30_000);

  test('an `ip` that does not run is reported', async () => {
    await finder.close();
    finder = new KernelNeighbors({ command: ['/nonexistent/ip'], timeoutMs: 10_000 });
    watch();
    await eventually('it is reported', () => expect(last?.problem).toMatch(/^neighbors cannot be detected: .*ENOENT/));
  });
});
