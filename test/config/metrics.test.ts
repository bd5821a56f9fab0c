/** The keys of `metrics`: names, detail and number of peers. */
import { problemsOf, ROUTER, specOf } from './support.ts';

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
  ['names: [gobgp]', /^2:\d+ metrics.names\[0\]: /],
  ['names: [frr, frr]', /^2:\d+ metrics.names: a list is not a list of different names/],
  ['peer-detail: some', /^2:\d+ metrics.peer-detail: some is not a peer detail/],
  ['max-peers: -1', /^2:\d+ metrics.max-peers: -1 is not a number of peers/],
  ['names: frr', /^2:\d+ metrics.names: /],
])('an error names the place: %s', (keys, problem) => {
  const problems = problemsOf(`${ROUTER}metrics: { ${keys} }\n`);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(problem);
});
