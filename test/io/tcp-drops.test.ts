/** The kernel counters of dropped segments, and their reports. */
import { type Suspect, watchDrops } from '../../src/daemon/health/drop-watch.ts';
import type { EngineEvent } from '../../src/engine/events/events.ts';
import { parseTcpDrops, readTcpDrops } from '../../src/io/net/tcp-drops.ts';
import { Secret } from '../../src/lib/secret.ts';
import { TRANSPORT } from '../engine/world.ts';

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

test('segments dropped since the last check are reported if a peer has a key or a minimum TTL', () => {
  jest.useFakeTimers();
  const none = { wrongKey: 0, unsigned: 0, signed: 0, lowTtl: 0 };
  const events: EngineEvent[] = [];
  let now = { ...none, wrongKey: 100 };
  let concerned = true;
  const stop = watchDrops(
    () => concerned,
    () => [],
    { emit: (event) => void events.push(event) },
    () => now,
  );
  jest.advanceTimersByTime(20_000);
  expect(events).toEqual([]);
  now = { ...now, wrongKey: 103, lowTtl: 1 };
  jest.advanceTimersByTime(20_000);
  expect(events).toEqual([
    {
      name: 'listen.segments-dropped',
      seconds: 10,
      drops: '3 TCP segments signed with another key, 1 below the minimum TTL',
      ...none,
      wrongKey: 3,
      lowTtl: 1,
      peers: [],
    },
  ]);
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

describe('the peers whose segments they may be', () => {
  const NONE = { wrongKey: 0, unsigned: 0, signed: 0, lowTtl: 0 };

  /** Peers by name: a key, a least TTL, a session, shut down. */
  function peersOf(...rows: readonly (readonly [string, boolean, boolean, boolean?, boolean?])[]) {
    const said = new Map<string, string>();
    const peers = rows.map(([name, key, ttl, up = false, shutdown = false]) => ({
      name,
      spec: {
        transport: {
          ...TRANSPORT,
          password: key ? { key: new Secret(Uint8Array.of(1)), source: 'the test' } : null,
          minTtl: ttl ? 255 : null,
        },
      },
      isShutDown: shutdown,
      session: up ? {} : null,
      suspect: (problem: string) => void said.set(name, problem),
    }));
    return { said, peers };
  }

  function drop(more: Partial<typeof NONE>, peers: readonly Suspect[]): EngineEvent[] {
    jest.useFakeTimers();
    const events: EngineEvent[] = [];
    let now = NONE;
    const sink = { emit: (event: EngineEvent) => void events.push(event) };
    const stop = watchDrops(
      () => false,
      () => peers,
      sink,
      () => now,
    );
    now = { ...NONE, ...more };
    jest.advanceTimersByTime(10_000);
    stop();
    jest.useRealTimers();
    return events;
  }

  test('are those without a session that it fits, named in the event and at the peer', () => {
    const { said, peers } = peersOf(
      ['keyed', true, false],
      ['up', true, false, true],
      ['off', true, false, false, true],
      ['plain', false, false],
    );
    expect(drop({ wrongKey: 2 }, peers)).toMatchObject([{ wrongKey: 2, peers: ['keyed'] }]);
    expect([...said]).toEqual([
      ['keyed', expect.stringMatching(/^the kernel drops its segments: .*another TCP MD5 key/)],
    ]);
  });

  test.each<[Partial<typeof NONE>, string, RegExp]>([
    [{ unsigned: 1 }, 'keyed', /not signed/],
    [{ signed: 1 }, 'far', /no key is configured here/],
    [{ lowTtl: 1 }, 'far', /TTL is below 255/],
  ])('after %j is %s', (more, name, words) => {
    const { said, peers } = peersOf(['keyed', true, false], ['far', false, true]);
    drop(more, peers);
    expect([...said]).toEqual([[name, expect.stringMatching(words)]]);
  });

  test('that are several are said to be', () => {
    const { said, peers } = peersOf(['one', true, false], ['two', true, false]);
    drop({ wrongKey: 1 }, peers);
    expect([...said.values()].every((text) => text.includes('another of the 2 peers'))).toBe(true);
  });
});
