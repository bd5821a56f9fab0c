/** The keys of `metrics`: names, detail and number of peers; and of the web page. */
import { problemsOf, ROUTER, specOf, warningsOf } from './support.ts';

test('the defaults are our own names and everything of 10,000 peers', () => {
  const exposition = { names: ['reflectord'], peerDetail: 'full', maxPeers: 10_000 };
  for (const section of ['', 'metrics: none\n', 'metrics: { listen: none }\n']) {
    expect([section, specOf(ROUTER + section).exposition]).toEqual([section, exposition]);
  }
});

test('all keys are taken over', () => {
  const { metrics, exposition } = specOf(
    `${ROUTER}metrics: { names: [frr, bird], peer-detail: basic, max-peers: 0, listen: "[::1]:1" }\n`,
  );
  expect(metrics?.port).toBe(1);
  expect(exposition).toEqual({ names: ['frr', 'bird'], peerDetail: 'basic', maxPeers: 0 });
});

test.each([
  ['names: []', /^2:\d+ metrics.names: /],
  ['names: [gobgp]', /^2:\d+ metrics.names\[0\]: gobgp is not a naming of metrics/],
  ['names: [frr, frr]', /^2:\d+ metrics.names: a list is not a list of different names/],
  ['peer-detail: some', /^2:\d+ metrics.peer-detail: some is not a peer detail/],
  ['max-peers: -1', /^2:\d+ metrics.max-peers: -1 is not a number of peers/],
  ['names: frr', /^2:\d+ metrics.names: /],
])('an error names the place: %s', (keys, problem) => {
  const problems = problemsOf(`${ROUTER}metrics: { ${keys} }\n`);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(problem);
});

describe('the web page', () => {
  const warningsAbout = (listen: string) =>
    warningsOf(`${ROUTER}web: { listen: ${listen} }\n`).filter((text) => text.includes('web'));

  test('is off unless it has an address', () => {
    expect(specOf(ROUTER).web).toBeNull();
    expect(specOf(`${ROUTER}web: { hosts: [rr1.example.org] }\n`).web).toBeNull();
    const { web } = specOf(`${ROUTER}web: { listen: 127.0.0.1:9180, hosts: [rr1.example.org] }\n`);
    expect(web).toEqual({ address: Uint8Array.of(127, 0, 0, 1), port: 9180, hosts: ['rr1.example.org'] });
  });

  test.each(['127.9.9.9:9180', '"[::1]:9180"', 'none'])('is not reachable from other hosts on %s', (listen) => {
    expect(warningsAbout(listen)).toEqual([]);
  });

  test.each(['0.0.0.0:9180', '10.0.0.1:9180', '"[::]:9180"', '"[2001:db8::1]:9180"'])(
    'on %s is a warning: it has no password',
    (listen) => {
      expect(warningsAbout(listen)).toEqual([
        expect.stringMatching(/^2:16 web.listen: other hosts can read peers and routes on .*no password$/),
      ]);
    },
  );

  test('cannot have the address of the metrics, or of BGP', () => {
    for (const listen of ['127.0.0.1:9179', '0.0.0.0:9179', '127.0.0.1:179']) {
      expect(problemsOf(`${ROUTER}web: { listen: ${listen} }\n`)).toEqual([
        `2:16 web.listen: web and BGP or metrics cannot both listen on ${listen}`,
      ]);
    }
  });

  test.each(['rr1.example.org:80', 'http://rr1', '-x', '[a b]'])('has host names only: %s', (host) => {
    expect(problemsOf(`${ROUTER}web: { listen: 127.0.0.1:9180, hosts: [ "${host}" ] }\n`)).toHaveLength(1);
  });
});
