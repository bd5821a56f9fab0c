/** The kernel's counters of dropped segments, and what is told of them. */
import { watchDrops } from '../../src/daemon/drop-watch.ts';
import type { EngineEvent } from '../../src/engine/events.ts';
import { parseTcpDrops, readTcpDrops } from '../../src/io/net/tcp-drops.ts';

const NETSTAT = `TcpExt: SyncookiesSent TCPMD5NotFound TCPMD5Unexpected TCPMD5Failure TCPMinTTLDrop
TcpExt: 9 1 2 3 4
IpExt: InNoRoutes TCPMD5Failure
IpExt: 7 8
`;

test('the counters are found by their names', () => {
  expect(parseTcpDrops(NETSTAT)).toEqual({ unsigned: 1, signed: 2, wrongKey: 3, lowTtl: 4 });
});

test('a kernel that does not count one has 0', () => {
  expect(parseTcpDrops('TcpExt: TCPMD5Failure\nTcpExt: 5\n')).toEqual({
    unsigned: 0,
    signed: 0,
    wrongKey: 5,
    lowTtl: 0,
  });
  expect(parseTcpDrops('')).toEqual({ unsigned: 0, signed: 0, wrongKey: 0, lowTtl: 0 });
});

test('the running kernel counts all of them', () => {
  for (const count of Object.values(readTcpDrops())) expect(Number.isInteger(count)).toBe(true);
});

test('what was dropped since the last look is told, where a peer has a key or a least TTL', () => {
  jest.useFakeTimers();
  const none = { wrongKey: 0, unsigned: 0, signed: 0, lowTtl: 0 };
  const events: EngineEvent[] = [];
  let now = { ...none, wrongKey: 100 };
  let concerned = true;
  const stop = watchDrops(
    () => concerned,
    { emit: (event) => void events.push(event) },
    () => now,
  );
  jest.advanceTimersByTime(20_000);
  expect(events).toEqual([]);
  now = { ...now, wrongKey: 103, lowTtl: 1 };
  jest.advanceTimersByTime(20_000);
  expect(events).toEqual([{ name: 'listen.segments-dropped', seconds: 10, ...none, wrongKey: 3, lowTtl: 1 }]);
  concerned = false;
  now = { ...now, unsigned: 1 };
  jest.advanceTimersByTime(10_000);
  stop();
  concerned = true;
  now = { ...now, unsigned: 2 };
  jest.advanceTimersByTime(10_000);
  expect(events).toHaveLength(1);
  jest.useRealTimers();
});
