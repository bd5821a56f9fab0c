/**
 * What the connections of peers are made with, over loopback: keys, TTL, DSCP, timeouts, and what happens without them.
 */
import { readFileSync } from 'node:fs';
import type { Connection, Dial, DialFailure } from '../../src/engine/ports/ports.ts';
import { allConnectionsClosed, type TcpConnection } from '../../src/io/net/connection.ts';
import { TcpDialer } from '../../src/io/net/dialer.ts';
import type { ListenKey } from '../../src/io/net/keyring.ts';
import { type Listener, listen } from '../../src/io/net/listener.ts';
import { libc, loadLibc } from '../../src/io/system/libc.ts';
import { formatAddress, parseAddress } from '../../src/lib/ip.ts';
import { Secret } from '../../src/lib/secret.ts';
import type { TransportSpec } from '../../src/spec/transport.ts';
import { waitFor } from '../lab/wait-for.ts';
import { accepting, LOCAL4, LOCAL6, PLAIN, Recorder, text } from './net-support.ts';

const FAMILIES = [
  ['IPv4', LOCAL4],
  ['IPv6', LOCAL6],
] as const;

/** linux/in.h, linux/in6.h, linux/tcp.h. */
const OPTIONS = {
  4: { ttl: [0, 2], minTtl: [0, 21], tos: [0, 1] },
  16: { ttl: [41, 16], minTtl: [41, 73], tos: [41, 67] },
} as const;
const TCP_USER_TIMEOUT = [6, 18] as const;

const dialer = new TcpDialer();
let listener: Listener;
let next: () => Promise<Connection>;

beforeAll(() => loadLibc());

beforeEach(async () => {
  const specs = FAMILIES.map(([, address]) => ({ address, port: 0 }));
  ({ listener, next } = await accepting(specs));
});

afterEach(async () => {
  await listener.close();
  await allConnectionsClosed();
});

function secret(characters: string): Secret {
  return new Secret(text(characters));
}

function withKey(characters: string): TransportSpec {
  return { ...PLAIN, password: { key: secret(characters), source: 'the test' } };
}

function keyFor(address: Uint8Array, characters: string, length = address.length * 8): ListenKey {
  return { prefix: { address, length }, key: secret(characters) };
}

function portOf(address: Uint8Array): number {
  return listener.bound.find((each) => each.address.length === address.length)!.port;
}

function targetOf(address: Uint8Array, transport: TransportSpec, from = address) {
  return { address, port: portOf(address), localAddress: from, interfaceName: null, transport };
}

function dial(address: Uint8Array, transport: TransportSpec, from?: Uint8Array): Promise<Connection> {
  return new Promise((resolve, reject) => {
    dialer.dial(targetOf(address, transport, from), resolve, ({ error }) => reject(new Error(error)));
  });
}

function failure(address: Uint8Array, transport: TransportSpec): Promise<DialFailure> {
  return new Promise((resolve, reject) => {
    dialer.dial(targetOf(address, transport), () => reject(new Error('it connected')), resolve);
  });
}

/** A dial that must come to nothing; its results so far. */
function dialInVain(
  address: Uint8Array,
  transport: TransportSpec,
  from?: Uint8Array,
): { dial: Dial; results: unknown[] } {
  const results: unknown[] = [];
  const add = (what: unknown): void => void results.push(what);
  return { dial: dialer.dial(targetOf(address, transport, from), add, add), results };
}

/** Connections in both directions carry bytes. */
async function talk(a: Connection, b: Connection): Promise<void> {
  const [ours, theirs] = [new Recorder(a), new Recorder(b)];
  a.write(text('ping'), 0, 4);
  await theirs.received(4);
  b.write(text('pong'), 0, 4);
  await ours.received(4);
  expect([ours.text, theirs.text]).toEqual(['pong', 'ping']);
}

function counter(name: string): number {
  const rows = readFileSync('/proc/net/netstat', 'utf8').split('\n');
  const [names, values] = rows.filter((row) => row.startsWith('TcpExt:')).map((row) => row.split(' '));
  return Number(values![names!.indexOf(name)]);
}

/** Waits until the kernel has dropped a segment for this reason since the counter stood at `before`. */
function dropped(name: string, before: number): Promise<number> {
  return waitFor(
    `${name} has risen`,
    () => counter(name),
    (now) => now > before,
  );
}

function option(connection: Connection, [level, name]: readonly [number, number]): number {
  const { socket } = connection as unknown as TcpConnection;
  const { fd } = (socket as unknown as { _handle: { fd: number } })._handle;
  const value = new Int32Array(1);
  expect(libc()!.getsockopt(fd, level, name, new Uint8Array(value.buffer))).toBeGreaterThan(0);
  return value[0]!;
}

describe('TCP MD5 (RFC 2385)', () => {
  test.each(FAMILIES)('over %s two ends with one key talk', async (_name, address) => {
    listener.setKeys([keyFor(address, 'one key')]);
    const ours = await dial(address, withKey('one key'));
    const theirs = await next();
    expect(theirs.configure(withKey('one key'))).toBeNull();
    await talk(ours, theirs);
    ours.close();
    theirs.close();
  });

  test.each([
    ['another key', 'one key', 'another key', 'TCPMD5Failure'],
    ['a key that only the listener has', 'one key', null, 'TCPMD5NotFound'],
    ['a key that only the dialer has', null, 'one key', 'TCPMD5Unexpected'],
  ])('with %s there is no connection, over IPv4 and IPv6', async (_name, listening, dialing, drop) => {
    listener.setKeys(listening === null ? [] : FAMILIES.map(([, address]) => keyFor(address, listening)));
    for (const [, address] of FAMILIES) {
      const before = counter(drop);
      const attempt = dialInVain(address, dialing === null ? PLAIN : withKey(dialing));
      await dropped(drop, before);
      attempt.dial.cancel();
      expect(attempt.results).toEqual([]);
    }
  });

  test('a range has a key for all of its addresses, and a longer prefix another one', async () => {
    const [range, longer] = ['127.1.0.0', '127.1.7.0'].map((one) => parseAddress(one)!);
    const [inRange, inLonger] = ['127.1.2.3', '127.1.7.9'].map((one) => parseAddress(one)!);
    listener.setKeys([keyFor(range!, 'of the range', 16), keyFor(longer!, 'of the longer', 24)]);
    for (const [from, key] of [
      [inRange, 'of the range'],
      [inLonger, 'of the longer'],
    ] as const) {
      const ours = await dial(LOCAL4, withKey(key), from);
      const theirs = await next();
      expect(formatAddress(theirs.remoteAddress)).toBe(formatAddress(from!));
      expect(theirs.configure(withKey(key))).toBeNull();
      await talk(ours, theirs);
      ours.close();
      theirs.close();
    }
    const before = counter('TCPMD5Failure');
    const attempt = dialInVain(LOCAL4, withKey('of the range'), inLonger);
    await dropped('TCPMD5Failure', before);
    attempt.dial.cancel();
    expect(attempt.results).toEqual([]);
  });

  test('a range of IPv6 has a key', async () => {
    listener.setKeys([keyFor(parseAddress('::')!, 'of the range', 64)]);
    const ours = await dial(LOCAL6, withKey('of the range'));
    const theirs = await next();
    expect(theirs.configure(withKey('of the range'))).toBeNull();
    await talk(ours, theirs);
    ours.close();
    theirs.close();
  });

  test.each(FAMILIES)(
    'over %s a connection goes on with another key once both ends have it',
    async (_name, address) => {
      listener.setKeys([keyFor(address, 'the first')]);
      const ours = await dial(address, withKey('the first'));
      const theirs = await next();
      theirs.configure(withKey('the first'));
      await talk(ours, theirs);
      expect(ours.configure(withKey('the second'))).toBeNull();
      const recorder = new Recorder(theirs);
      const before = counter('TCPMD5Failure');
      ours.write(text('late'), 0, 4);
      await dropped('TCPMD5Failure', before);
      expect(recorder.text).toBe('');
      expect(theirs.configure(withKey('the second'))).toBeNull();
      await recorder.received(4);
      expect(recorder.text).toBe('late');
      listener.setKeys([keyFor(address, 'the second')]);
      const another = await dial(address, withKey('the second'));
      const accepted = await next();
      await talk(another, accepted);
      for (const each of [ours, theirs, another, accepted]) each.close();
    },
  );

  test('a connection from before the key receives nothing once the key is set', async () => {
    const ours = await dial(LOCAL4, PLAIN);
    const theirs = await next();
    listener.setKeys([keyFor(LOCAL4, 'one key')]);
    expect(theirs.configure(withKey('one key'))).toBeNull();
    const recorder = new Recorder(theirs);
    const before = counter('TCPMD5NotFound');
    ours.write(text('ping'), 0, 4);
    await dropped('TCPMD5NotFound', before);
    expect(recorder.text).toBe('');
    (ours as unknown as TcpConnection).destroy();
    (theirs as unknown as TcpConnection).destroy();
  });

  test('a key that is taken away is not wanted any more', async () => {
    listener.setKeys([keyFor(LOCAL4, 'one key'), keyFor(parseAddress('127.1.0.0')!, 'of the range', 16)]);
    listener.setKeys([]);
    for (const from of [LOCAL4, parseAddress('127.1.2.3')!]) {
      const ours = await dial(LOCAL4, PLAIN, from);
      const theirs = await next();
      await talk(ours, theirs);
      ours.close();
      theirs.close();
    }
  });

  test('says by prefix which keys have no room, and takes them when there is some', () => {
    const most = Number(readFileSync('/proc/sys/net/core/optmem_max', 'utf8'));
    const keys = Array.from({ length: Math.ceil(most / 64) }, (_, n) =>
      keyFor(Uint8Array.of(10, 0, n >> 8, n & 255), 'k'),
    );
    listener.setKeys(keys);
    const { size } = listener.keyProblems;
    expect(size).toBeGreaterThan(0);
    expect(size).toBeLessThan(keys.length);
    const [last] = [...listener.keyProblems].slice(-1);
    const { address } = keys.at(-1)!.prefix;
    expect(last).toEqual([
      `${formatAddress(address)}/32`,
      'the TCP MD5 key (`password`) cannot be set: the kernel has no memory for more keys of a socket: raise net.core.optmem_max (sysctl), then reload (ENOMEM)',
    ]);
    listener.setKeys(keys.slice(-10));
    expect(listener.keyProblems.size).toBe(0);
  });

  test('a socket that is opened later has the keys from its first moment', async () => {
    listener.setKeys([keyFor(LOCAL4, 'one key')]);
    const address = parseAddress('127.0.0.99')!;
    (await listener.prepare([{ address, port: 0 }])).commit();
    const before = counter('TCPMD5NotFound');
    const attempt = dialInVain(address, PLAIN, LOCAL4);
    await dropped('TCPMD5NotFound', before);
    attempt.dial.cancel();
    expect(attempt.results).toEqual([]);
    const ours = await dial(address, withKey('one key'), LOCAL4);
    await talk(ours, await next());
    ours.close();
  });
});

describe('TTL, DSCP and timeouts', () => {
  const wanted: TransportSpec = { ...PLAIN, ttl: 7, dscp: 46, userTimeoutMs: 30_000 };

  test.each(FAMILIES)(
    'are set over %s on both ends, and changed and taken back while connected',
    async (_name, address) => {
      const { ttl, minTtl, tos } = OPTIONS[address.length as 4 | 16];
      const ours = await dial(address, { ...wanted, ttl: 255, minTtl: 255 });
      const theirs = await next();
      // The SYN-ACK passed the check of the dialer: what listens sends with 255.
      expect([option(theirs, ttl), option(theirs, tos)]).toEqual([255, 48 << 2]);
      expect(theirs.configure(wanted)).toBeNull();
      expect([ttl, tos, TCP_USER_TIMEOUT].map((one) => option(theirs, one))).toEqual([7, 46 << 2, 30_000]);
      expect(theirs.configure({ ...PLAIN, minTtl: 254 })).toBeNull();
      const changed = [ttl, minTtl, tos, TCP_USER_TIMEOUT].map((one) => option(theirs, one));
      const systems = Number(readFileSync('/proc/sys/net/ipv4/ip_default_ttl', 'utf8'));
      expect(changed).toEqual([systems, 254, 0, 0]);
      ours.close();
      theirs.close();
    },
  );

  test.each(FAMILIES)(
    'over %s a peer whose first packet has a TTL below the minimum is reported',
    async (_name, address) => {
      for (const transport of [PLAIN, { ...PLAIN, ttl: 253 }]) {
        const ours = await dial(address, transport);
        const theirs = await next();
        expect(theirs.configure({ ...PLAIN, ttl: 255, minTtl: 254 })).toBe(
          `the first packet of the peer had TTL ${transport.ttl ?? 64}, and \`ttl-security\` needs at least 254: the peer must send with TTL 255 (enable TTL security there), or it is more hops away than configured here`,
        );
        ours.close();
        theirs.close();
      }
      const near = await dial(address, { ...PLAIN, ttl: 254 });
      const theirs = await next();
      expect(theirs.configure({ ...PLAIN, ttl: 255, minTtl: 254 })).toBeNull();
      near.close();
      theirs.close();
    },
  );

  test('a peer that changes to TTL 255 while connected is not checked by its first packet', async () => {
    const ours = await dial(LOCAL4, PLAIN);
    const theirs = await next();
    expect(theirs.configure(PLAIN)).toBeNull();
    const guarded = { ...PLAIN, ttl: 255, minTtl: 255 };
    expect([ours.configure(guarded), theirs.configure(guarded)]).toEqual([null, null]);
    await talk(ours, theirs);
    ours.close();
    theirs.close();
  });

  test('packets with a TTL below the minimum are dropped', async () => {
    const ours = await dial(LOCAL4, { ...PLAIN, ttl: 255 });
    const theirs = await next();
    expect(theirs.configure({ ...PLAIN, ttl: 255, minTtl: 255 })).toBeNull();
    const recorder = new Recorder(theirs);
    const before = counter('TCPMinTTLDrop');
    ours.configure({ ...PLAIN, ttl: 254 });
    ours.write(text('far'), 0, 3);
    await dropped('TCPMinTTLDrop', before);
    expect(recorder.text).toBe('');
    ours.configure({ ...PLAIN, ttl: 255 });
    await recorder.received(3);
    ours.close();
    theirs.close();
  });

  test('packets say that they must not be cut, and segments are as large as the path allows, signed ones too', async () => {
    const [IP_MTU_DISCOVER, TCP_MAXSEG] = [
      [0, 10],
      [6, 2],
    ] as const;
    const plain = await dial(LOCAL4, wanted);
    const theirs = await next();
    const IP_PMTUDISC_WANT = 1;
    expect([plain, theirs].map((each) => option(each, IP_MTU_DISCOVER))).toEqual([IP_PMTUDISC_WANT, IP_PMTUDISC_WANT]);
    listener.setKeys([keyFor(LOCAL4, 'one key')]);
    const signed = await dial(LOCAL4, withKey('one key'));
    const accepted = await next();
    // The default of a path of unknown MTU (RFC 9293 3.7.1): where the MTU is known, segments are larger.
    for (const each of [plain, signed]) expect(option(each, TCP_MAXSEG)).toBeGreaterThan(536);
    for (const each of [plain, theirs, signed, accepted]) each.close();
  });

  test('small writes go out at once', async () => {
    const ours = await dial(LOCAL4, wanted);
    const theirs = await next();
    const TCP_NODELAY = [6, 1] as const;
    expect([option(ours, TCP_NODELAY), option(theirs, TCP_NODELAY)]).toEqual([1, 1]);
    ours.close();
    theirs.close();
  });
});

describe('the interface', () => {
  test('is the only one that packets go by', async () => {
    const ours = await dial(LOCAL4, { ...PLAIN, bindDevice: 'lo' });
    const theirs = await next();
    expect(theirs.configure({ ...PLAIN, bindDevice: 'lo' })).toBeNull();
    await talk(ours, theirs);
    ours.close();
    theirs.close();
  });

  test('must be there', async () => {
    expect(await failure(LOCAL4, { ...PLAIN, bindDevice: 'nosuch0' })).toEqual({
      error: '`bind-device` nosuch0 cannot be set: there is no interface of this name (ENODEV)',
      unfit: true,
    });
  });
});

test('koffi may be loaded more than once in a process', async () => {
  for (let i = 0; i < 2; i++) {
    const before = libc();
    await loadLibc(() => import('koffi'));
    expect(libc()).not.toBe(before);
    expect(libc()).not.toBeNull();
  }
});

describe('without koffi', () => {
  beforeEach(() => loadLibc(() => Promise.reject(new Error('no prebuilt library'))));
  afterEach(() => loadLibc(() => import('koffi')));

  test('a peer that needs a key, TTL security or an interface has no connection, and others have', async () => {
    const problem = 'koffi cannot be loaded: no prebuilt library';
    for (const transport of [withKey('k'), { ...PLAIN, minTtl: 255 }, { ...PLAIN, bindDevice: 'lo' }]) {
      expect(await failure(LOCAL4, transport)).toEqual({ error: problem, unfit: true });
    }
    const ours = await dial(LOCAL4, { ...PLAIN, dscp: 48, ttl: 1 });
    const theirs = await next();
    await talk(ours, theirs);
    ours.close();
    theirs.close();
  });

  test('what listens says of every key that it is not in force', async () => {
    const keys = [keyFor(LOCAL4, 'k'), keyFor(parseAddress('10.0.0.0')!, 'k', 8)];
    const bare = await listen(
      [{ address: LOCAL4, port: 0 }],
      () => {},
      () => {},
      { keys },
    );
    const problem = 'koffi cannot be loaded: no prebuilt library';
    expect([...bare.keyProblems]).toEqual([
      ['127.0.0.1/32', problem],
      ['10.0.0.0/8', problem],
    ]);
    await bare.close();
  });
});
