/** The readings behind the sparklines of the web page. */
import { PeerTrends, READINGS, type Reading } from '../../src/io/web/trends.ts';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

function trendsOf(first: Reading[]) {
  const now = { peers: first };
  const trends = new PeerTrends(() => now.peers);
  const pass = (readings: number) => jest.advanceTimersByTime(readings * 30_000);
  return { now, trends, pass, views: () => [...trends.views()] };
}

test('start when a page opens, and have the last hour of each peer', () => {
  const { now, trends, pass, views } = trendsOf([['10.0.0.1', 5]]);
  expect(views()).toEqual([]);
  trends.begin();
  pass(2);
  now.peers = [
    ['10.0.0.1', 9],
    ['10.0.0.2', 0],
  ];
  pass(1);
  expect(views()).toEqual([
    {
      address: '10.0.0.1',
      runs: [
        [5, 3],
        [9, 1],
      ],
    },
    { address: '10.0.0.2', runs: [[0, 1]] },
  ]);
  pass(READINGS + 7);
  expect(views().map(({ runs }) => runs)).toEqual([[[9, READINGS]], [[0, READINGS]]]);
});

test('forget a peer that is removed, and all when the last page closes', () => {
  const { now, trends, pass, views } = trendsOf([['10.0.0.1', 5]]);
  const [first, second] = [trends.begin(), trends.begin()];
  now.peers = [['10.0.0.2', 1]];
  pass(1);
  expect(views()).toEqual([{ address: '10.0.0.2', runs: [[1, 1]] }]);
  first();
  pass(1);
  expect(views()).toEqual([{ address: '10.0.0.2', runs: [[1, 2]] }]);
  second();
  pass(1);
  expect(views()).toEqual([]);
});

test('are bounded, whatever the number of peers', () => {
  const many = Array.from({ length: 6000 }, (_, n): Reading => [`10.${n >> 8}.${n & 255}.1`, n]);
  const { trends, pass, views } = trendsOf(many);
  trends.begin();
  pass(1);
  expect(views()).toHaveLength(5000);
});
