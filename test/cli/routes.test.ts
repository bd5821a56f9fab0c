/** `show rib` with filters and the tables of a peer, from the command line to the page. */
import { Writable } from 'node:stream';
import { CONTROL_ROWS } from '../../src/cli/control-commands.ts';
import { Output } from '../../src/cli/text/output.ts';
import type { AdvertisedView } from '../../src/engine/api/route-views.ts';
import { PATH } from './views.ts';

interface Asked {
  readonly name: string;
  readonly args: unknown;
  readonly lines: string[];
}

/** What is asked of the daemon, and the page of its answer. */
async function run(
  line: string,
  options: Record<string, unknown> = {},
  items: readonly unknown[] = [],
): Promise<Asked> {
  const words = line.split(' ');
  const named = CONTROL_ROWS.find(({ name }) => name === words.slice(0, 2).join(' '))!;
  const operands = words.slice(2);
  const asked = { operand: operands[0], operands, options };
  const row = named.variant?.(asked) ?? named;
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  const output = new Output(stream);
  async function* all() {
    yield* items;
  }
  await row.page(all() as never, output, asked);
  await output.flush();
  return { name: row.name, args: row.arguments(asked), lines: text.split('\n').map((one) => one.trimEnd()) };
}

const ROUTE: AdvertisedView = {
  family: 'ipv4-unicast',
  prefix: '10.1.0.0/16',
  pathId: 7,
  from: '10.0.0.1',
  queued: false,
  nextHop: '10.0.0.1',
  origin: 'IGP',
  asPath: '65001',
  localPref: 100,
  med: null,
  originatorId: '1.1.1.1',
  clusterList: ['2.2.2.2'],
  communities: ['65000:1'],
  largeCommunities: [],
  extendedCommunities: [],
  atomicAggregate: false,
  aggregator: null,
  others: [],
};

test.each([
  ['show rib 10.0.0.0/8 longer', {}, 'show rib', { target: '10.0.0.0/8', words: ['longer'] }],
  [
    'show rib community 1:2 evpn',
    { best: true },
    'show rib',
    { family: 'evpn', words: ['community', '1:2'], best: true },
  ],
  [
    'show rib evpn --mac 0200.5e00.0001 --type=macip',
    {},
    'show rib',
    { family: 'evpn', words: ['mac', '0200.5e00.0001', 'route-type', 'macip'] },
  ],
  ['show rib', { count: true, stale: true }, 'count routes', { stale: true }],
  ['show peer h received', {}, 'show rib', { peer: 'h', received: true }],
  ['show peer h accepted 10.0.0.0/8', {}, 'show rib', { peer: 'h', state: 'usable', target: '10.0.0.0/8' }],
  ['show peer h rejected', { family: 'vpnv4' }, 'show rib', { peer: 'h', state: 'unusable', family: 'vpnv4' }],
  ['show peer h rejected', { count: true }, 'count routes', { peer: 'h', state: 'unusable' }],
  ['show peer h advertised next-hop ::1', {}, 'show advertised', { peer: 'h', words: ['next-hop', '::1'] }],
  ['show peer h advertised', { count: true }, 'count routes', { peer: 'h', advertised: true }],
  ['show peer h', {}, 'show peer', { peer: 'h' }],
])('%s with %j asks for %s', async (line, options, name, args) => {
  expect(await run(line, options)).toMatchObject({ name, args });
});

test.each([
  ['show peer h', { count: true }, '`--count` is for a table of the peer, such as `received`'],
  ['show peer h', { family: 'evpn' }, '`--family` is for a table of the peer'],
  ['show peer h advertised', { best: true }, '`--best` is for routes from the peer'],
])('%s with %j makes no sense, and says so', async (line, options, problem) => {
  await expect(run(line, options)).rejects.toThrow(problem);
});

test.each([
  ['show rib --besst', '"--besst" is neither an option nor a filter; filters are: rd,'],
  ['show rib evpn --macs 02:00:5e:00:00:01', '"--macs" is neither an option nor a filter; did you mean "mac"?'],
  ['show rib evpn a route-tpye 2', '"route-tpye" is neither a family nor a filter; did you mean "route-type"?'],
  ['show rib evpn --mac', '"mac" needs a value, such as "mac 02:00:5e:00:00:01"'],
])('%s is refused with a remedy', async (line, problem) => {
  await expect(run(line)).rejects.toThrow(problem);
});

test('attributes without a line of their own are shown by name, decoded if possible', async () => {
  const others = [
    { code: 22, flags: 0xc0, value: '0006000641c0000201', name: 'PMSI_TUNNEL', text: 'ingress-replication, label 100' },
    { code: 250, flags: 0xe0, value: '0102', name: 'attribute 250', text: '' },
  ];
  const { lines } = await run('show peer h advertised 10.1.0.0/16', {}, [{ ...ROUTE, others }]);
  expect(lines).toContain('  PMSI tunnel    ingress-replication, label 100');
  expect(lines).toContain('  Attribute 250  flags 224: 0102');
});

test('an attribute that the import added is shown as in use, whatever others there are', async () => {
  const [hidden, marked] = [
    { code: 250, flags: 0xe0, value: '0102', name: 'attribute 250', text: '' },
    { code: 35, flags: 0xc0, value: '0000fde8', name: 'ONLY_TO_CUSTOMER', text: '65000' },
  ];
  const path = { ...PATH, others: [marked, hidden], received: { ...PATH, others: [hidden] } };
  const view = { family: 'ipv4-unicast', prefix: '10.0.0.0/8', paths: [path], pathsLeftOut: 0 };
  const { lines } = await run('show rib 10.0.0.0/8', { received: true }, [view]);
  const at = lines.indexOf('  Only to customer  none');
  expect(lines.slice(at, at + 2)).toEqual(['  Only to customer  none', '    in use          65000']);
  expect(lines[1]).toMatch(/^.c from/);
});

test('advertised routes are a line each, with what a reflector adds; a queued one is marked', async () => {
  const { lines } = await run('show peer h advertised', {}, [ROUTE, { ...ROUTE, pathId: 8, queued: true }]);
  expect(lines).toEqual([
    'ipv4-unicast   q an update is, or may be, queued',
    '   PREFIX       ID  NEXT HOP  LEARNED FROM  LOCAL-PREF  MED  ORIGIN  ORIGINATOR  CLUSTER LIST  COMMUNITIES  AS PATH',
    '   10.1.0.0/16   7  10.0.0.1  10.0.0.1             100    -  IGP     1.1.1.1     2.2.2.2       65000:1      65001',
    'q  10.1.0.0/16   8  10.0.0.1  10.0.0.1             100    -  IGP     1.1.1.1     2.2.2.2       65000:1      65001',
    '1 prefix, 2 paths; 1 path with an update that is, or may be, queued',
    '',
  ]);
});

test('an advertised prefix is shown with all attributes as sent', async () => {
  const { lines } = await run('show peer h advertised 10.1.0.0/16', {}, [ROUTE]);
  expect(lines[0]).toBe('10.1.0.0/16 (ipv4-unicast), path id 7, learned from 10.0.0.1');
  expect(lines).toContain('  Cluster list  2.2.2.2');
  expect((await run('show peer h advertised 10.1.0.0/16')).lines[0]).toContain('`explain` shows why');
});

test('rejected paths are shown with the reason, whatever it is', async () => {
  const path = { ...PATH, best: false, unusable: 'our AS number is in its AS_PATH', ageSeconds: 3 };
  const view = { family: 'ipv4-unicast', prefix: '10.0.0.0/8', paths: [path], pathsLeftOut: 0 };
  const { lines } = await run('show peer h rejected', {}, [view]);
  expect(lines[1]).toMatch(/PREFIX +NEXT HOP +AS PATH +AGE +BECAUSE$/);
  expect(lines[2]).toMatch(/our AS number is in its AS_PATH$/);
});

test('a count is a line for each family', async () => {
  const { lines } = await run('show rib', { count: true }, [{ family: 'evpn', prefixes: 10, paths: 20 }]);
  expect(lines.slice(0, 2)).toEqual(['FAMILY  PREFIXES  PATHS', 'evpn          10     20']);
});
