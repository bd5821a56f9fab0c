/** What `ip monitor` says, and one that ends, lags or is old. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ForeignChange, KernelWatcher } from '../../src/fib/port/ports.ts';
import { destinationOf, Echoes } from '../../src/io/iproute2/echoes.ts';
import { KernelFib } from '../../src/io/iproute2/kernel-fib.ts';
import { Monitor, ROUTING_OBJECTS } from '../../src/io/iproute2/monitor.ts';
import { objectEcho, parseRouteLine, Watch } from '../../src/io/iproute2/watch.ts';
import { formatPrefix } from '../../src/lib/ip.ts';
import type { FamilyId } from '../../src/wire/families.ts';

const HOME = { table: 254, protocol: 186, metric: 20 };
const TIME = '[2026-01-23T06:17:20.760464]';

class Reported implements KernelWatcher {
  readonly routes: string[] = [];
  surroundings = 0;
  lost = 0;
  readonly troubles: (string | null)[] = [];

  routeChanged(_family: FamilyId, change: ForeignChange): void {
    this.routes.push(formatPrefix(change));
  }

  surroundingsChanged(): void {
    this.surroundings++;
  }

  hintsLost(): void {
    this.lost++;
  }

  watching(trouble: string | null): void {
    this.troubles.push(trouble);
  }
}

function watching() {
  const reported = new Reported();
  const echoes = new Echoes();
  let links = 0;
  const watch = new Watch(HOME, echoes, reported, () => links++);
  return { reported, echoes, read: (line: string) => watch.read(`${TIME} ${line}`), links: () => links };
}

test('a route line is taken apart, whatever it is about', () => {
  expect(parseRouteLine('10.5.0.0/24 nhid 7 via 192.0.2.9 dev v0 proto 186 scope 0 metric 20 ')).toEqual({
    destination: '10.5.0.0/24',
    ipv6: false,
    table: 254,
    protocol: 186,
    metric: 20,
    tos: '0',
    to: { kind: 'object', id: 7 },
  });
  expect(parseRouteLine('default via inet6 fe80::1 dev v0 table 77 proto 4 scope 0 ')).toMatchObject({
    destination: 'default',
    ipv6: false,
    table: 77,
    metric: 0,
    to: { kind: 'via', via: { gateway: 'fe80::1', device: 'v0' } },
  });
  expect(parseRouteLine('default via fe80::1 dev v0 proto 186 metric 1024 pref medium')).toMatchObject({ ipv6: true });
  expect(parseRouteLine('6 10.0.0.0/8 tos 0x10 proto 3 scope 0 ')).toMatchObject({
    destination: '10.0.0.0/8',
    tos: '0x10',
    to: { kind: 'discard', how: 'blackhole' },
  });
  expect(objectEcho('id 7 via 192.0.2.9 dev v0 scope 253 proto 186 ')).toBe('id 7');
});

test('our own changes are not news, what others add to them is', () => {
  const { reported, echoes, read } = watching();
  echoes.expect('10.5.0.0/24', 0);
  echoes.expect('10.6.0.0/24', 0);
  echoes.forget('10.6.0.0/24'); // the kernel refused it
  echoes.expect('id 7', 0);
  read('[NEXTHOP]id 7 via 192.0.2.9 dev v0 scope 253 proto 186 ');
  read('[ROUTE]10.5.0.0/24 via 192.0.2.9 dev v0 proto 186 scope 0 metric 20 ');
  expect(reported).toMatchObject({ routes: [], surroundings: 0 });
  read('[ROUTE]Deleted 10.5.0.0/24 via 192.0.2.9 dev v0 proto 186 scope 0 metric 20 ');
  read('[ROUTE]10.6.0.0/24 via 192.0.2.9 dev v0 proto 186 scope 0 metric 20 ');
  expect(reported).toMatchObject({ routes: ['10.5.0.0/24', '10.6.0.0/24'], surroundings: 0 });
  read('[NEXTHOP]Deleted id 7 via 192.0.2.9 dev v0 scope 253 proto 186 ');
  expect(reported.surroundings).toBe(1);
});

test("routes of others matter where they are in our place, or lead to next hops; ours elsewhere don't", () => {
  const { reported, read, links } = watching();
  read('[ROUTE]10.5.0.0/24 via 192.0.2.9 dev v0 proto 4 scope 0 metric 20 ');
  expect(reported).toMatchObject({ routes: ['10.5.0.0/24'], surroundings: 1 });
  read('[ROUTE]10.5.0.0/24 via 192.0.2.9 dev v0 proto 4 scope 0 metric 21 ');
  read('[ROUTE]10.5.0.0/24 via 192.0.2.9 dev v0 table 9 proto 4 scope 0 metric 20 ');
  expect(reported).toMatchObject({ routes: ['10.5.0.0/24'], surroundings: 3 });
  read('[ROUTE]10.5.0.0/24 via 192.0.2.9 dev v0 table 9 proto 186 scope 0 metric 20 ');
  read('	nh_info id 7 via 192.0.2.9 dev v0 scope 253 proto 186 ');
  read('[NEIGH]192.0.2.9 dev v0 lladdr 06:b6:d2:f9:ac:5b REACHABLE');
  expect(reported.surroundings).toBe(3);
  read('[RULE]32765:	from 1.1.1.1 lookup 99 proto 0');
  read('[ADDR]Deleted 3: v0    inet 192.0.2.1/24 scope 0 v0\\       valid_lft forever preferred_lft forever');
  expect(links()).toBe(0);
  read('[LINK]Deleted 3: v7@NONE: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN group 0');
  expect(reported.surroundings).toBe(6);
  expect(links()).toBe(1);
});

test('an echo that does not come is forgotten after a few seconds', () => {
  const echoes = new Echoes();
  echoes.expect('10.5.0.0/24', 0);
  echoes.expect('10.6.0.0/24', 3000);
  expect(echoes.take('10.5.0.0/24')).toBe(true);
  echoes.expect('10.5.0.0/24', 3000);
  echoes.expect('10.7.0.0/24', 30_000);
  expect(echoes.take('10.5.0.0/24')).toBe(false);
});

test('destinations are named as ip prints them', () => {
  const prefixes = ['0.0.0.0/0', '10.0.0.1/32', '10.0.0.0/8', '2001:db8::1/128', '2001:db8::/32'];
  expect(prefixes.map(destinationOf)).toEqual(['default', '10.0.0.1', '10.0.0.0/8', '2001:db8::1', '2001:db8::/32']);
});

describe('a monitor', () => {
  /** Starts one whose program is a shell script; `next` returns its reports, one by one. */
  function monitor(script: string) {
    const reports: string[] = [];
    let wake = () => {};
    const report = (what: string) => {
      reports.push(what);
      wake();
    };
    const troubles: (string | null)[] = [];
    const made = new Monitor(['sh', '-c', script, 'ip'], ROUTING_OBJECTS, {
      onLine: report,
      onLost: () => report('LOST'),
      onTrouble: (words) => troubles.push(words),
    });
    const next = async (): Promise<string> => {
      while (reports.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return reports.shift() as string;
    };
    return { made, next, troubles };
  }

  test('that lags behind reports lost lines', async () => {
    const { made, next } = monitor(
      'echo one; echo "netlink receive error No buffer space available (105)" >&2; read x',
    );
    expect(await next()).toBe('LOST'); // its start
    expect([await next(), await next()].sort()).toEqual(['LOST', 'one']);
    await made.close();
  });

  test('that ends is started again, and reports what was lost', async () => {
    const { made, next, troubles } = monitor('echo one');
    expect([await next(), await next(), await next(), await next()]).toEqual(['LOST', 'one', 'LOST', 'one']);
    expect(troubles.slice(0, 2)).toEqual(['it ended', null]);
    await made.close();
  });

  test('of an ip without nexthop objects listens to the rest', async () => {
    const script =
      'for a; do [ $a = nexthop ] && echo "Argument \\"nexthop\\" is unknown" >&2 && exit 1; done; echo $*; read x';
    const { made, next } = monitor(script);
    let line = '';
    while (!line.includes('route')) line = await next();
    expect(line).toMatch(/link address route rule$/);
    await made.close();
  });

  test.each([
    ['without setpriv', null],
    [
      'whose setpriv cannot end a child with its parent',
      `echo "setpriv: unrecognized option '--pdeathsig'" >&2; echo help >&2; exit 1`,
    ],
  ])('runs all the same on a host %s', async (_name, setpriv) => {
    const folder = mkdtempSync(join(tmpdir(), 'monitor-'));
    const { PATH } = process.env;
    for (const program of ['sh', 'sleep']) symlinkSync(`/bin/${program}`, join(folder, program));
    if (setpriv !== null) writeFileSync(join(folder, 'setpriv'), `#!/bin/sh\n${setpriv}\n`, { mode: 0o755 });
    process.env.PATH = folder;
    const { made, next, troubles } = monitor('echo one; exec sleep 60');
    let line = '';
    while (line !== 'one') line = await next();
    expect(troubles).toEqual([]);
    await made.close();
    process.env.PATH = PATH;
    rmSync(folder, { recursive: true });
  });

  test('that cannot be started reports why, and ends on close', async () => {
    const troubles: (string | null)[] = [];
    const handler = { onLine: () => {}, onLost: () => {}, onTrouble: (words: string | null) => troubles.push(words) };
    const made = new Monitor(['/nonexistent/ip'], ROUTING_OBJECTS, handler);
    while (made.trouble === null) await new Promise((resolve) => setImmediate(resolve));
    expect(troubles).toEqual([made.trouble]);
    expect(made.trouble).toBe('spawn /nonexistent/ip ENOENT');
    await made.close();
  });
});

test('an ip or a kernel without nexthop objects is distinguished from one that fails', async () => {
  const probe = (script: string) => {
    const command = ['sh', '-c', script, 'ip'];
    return new KernelFib({ command, ...HOME, timeoutMs: 5000 }).hasObjects();
  };
  expect(await probe('echo []')).toBe(true);
  expect(await probe(`echo 'Object "nexthop" is unknown, try "ip help".' >&2; exit 1`)).toBe(false);
  expect(await probe(`echo 'RTNETLINK answers: Operation not supported' >&2; exit 2`)).toBe(false);
  await expect(probe(`echo 'Cannot open netlink socket: Too many open files' >&2; exit 2`)).rejects.toThrow('Too many');
});
