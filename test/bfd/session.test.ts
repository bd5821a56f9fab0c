import fc from 'fast-check';
import { type BfdPacket, DIAG, STATE, writePacket } from '../../src/bfd/packet.ts';
import { runs } from '../lab/effort.ts';
import { FAST, Pair, type Side, seeded } from './pair.ts';

const PATH = { local: 'a', remote: 'b', multihop: false };

function up(): Pair {
  const pair = new Pair(seeded(1)).begin();
  pair.run(5000);
  expect([pair.a.state, pair.b.state]).toEqual(['Up', 'Up']);
  return pair;
}

function packet(over: Partial<BfdPacket>): Uint8Array {
  return writePacket({
    diag: 0,
    state: STATE.down,
    poll: false,
    final: false,
    independent: false,
    demand: false,
    detectMult: 3,
    myDiscriminator: 77,
    yourDiscriminator: 0,
    desiredMinTxUs: 100_000,
    requiredMinRxUs: 100_000,
    requiredMinEchoRxUs: 0,
    ...over,
  });
}

function gaps(side: Side, fromMs: number): number[] {
  const periodic = side.sent.filter(({ atMs, packet: { final } }) => atMs >= fromMs && !final);
  return periodic.slice(1).map(({ atMs }, at) => atMs - periodic[at].atMs);
}

describe('a BFD session', () => {
  test('comes up by the three-way handshake, and settles on the fast intervals', () => {
    const pair = up();
    expect(pair.a.states.map(([, state]) => state)).toEqual(['Down', 'Init', 'Up']);
    expect(pair.a.status).toMatchObject({ transmitUs: 100_000, detectionUs: 300_000, diag: 0, flaps: 0 });
    expect(pair.a.sent.at(-1)!.packet.poll).toBe(false);
  });

  test('sends at most once a second while it is down', () => {
    const pair = new Pair(seeded(2));
    pair.a.table.add('b', PATH, FAST);
    pair.run(20_000);
    expect(Math.min(...gaps(pair.a, 0))).toBeGreaterThanOrEqual(750);
    expect(Math.max(...gaps(pair.a, 0))).toBeLessThanOrEqual(1000);
  });

  test('takes 0 to 25 % off its interval by chance', () => {
    const pair = up();
    pair.run(60_000);
    expect(Math.min(...gaps(pair.a, 6000))).toBeGreaterThanOrEqual(74.999);
    expect(Math.max(...gaps(pair.a, 6000))).toBeLessThanOrEqual(100.001);
  });

  test('takes 10 to 25 % off when no packet may be lost', () => {
    const pair = new Pair(seeded(3)).begin({ ...FAST, multiplier: 1 });
    pair.run(60_000);
    expect(pair.a.state).toBe('Up');
    expect(pair.a.status?.flaps).toBe(0);
    expect(Math.max(...gaps(pair.a, 6000))).toBeLessThanOrEqual(90.001);
  });

  test('is down a detection time after the last packet, and says why', () => {
    const pair = up();
    const cutMs = pair.nowMs;
    pair.line = () => ({ lost: true, delayMs: 0 });
    pair.run(2000);
    const [downMs] = pair.a.states.at(-1)!;
    expect(pair.a.status).toMatchObject({
      state: 'Down',
      diag: DIAG.detectionTime,
      lastDownDiag: 1,
      flaps: 1,
      remote: null,
    });
    expect(downMs - cutMs).toBeGreaterThan(190);
    expect(downMs - cutMs).toBeLessThanOrEqual(301);
  });

  test('is down at once when the peer says that it is', () => {
    const pair = up();
    pair.line = (from) => ({ lost: from === pair.a, delayMs: 1 });
    pair.run(2000);
    expect(pair.b.status?.lastDownDiag).toBe(DIAG.detectionTime);
    expect(pair.a.status).toMatchObject({ lastDownDiag: DIAG.neighborDown, lastDownByAdmin: false });
  });

  test('distinguishes AdminDown from a failure of the path', () => {
    const pair = up();
    pair.b.table.remove('a');
    pair.run(5000);
    expect(pair.a.status).toMatchObject({ state: 'Down', lastDownByAdmin: true });
    expect(pair.b.gone).toBe(true);
  });

  test('answers a Poll with a Final at once', () => {
    const pair = up();
    const yourDiscriminator = pair.a.status!.discriminator;
    const myDiscriminator = pair.b.status!.discriminator;
    const before = pair.a.sent.length;
    const bytes = packet({ state: STATE.up, poll: true, myDiscriminator, yourDiscriminator });
    pair.a.table.receive(bytes, bytes.length, PATH);
    expect(pair.a.sent.slice(before).map(({ packet: { poll, final } }) => ({ poll, final }))).toEqual([
      { poll: false, final: true },
    ]);
  });

  test('keeps its faster interval until the peer has agreed to a slower one', () => {
    const pair = up();
    pair.line = (from) => ({ lost: false, delayMs: from === pair.b ? 40 : 1 });
    pair.run(1000);
    pair.a.table.configure('b', { ...FAST, intervalMs: 400 });
    expect(pair.a.status?.transmitUs).toBe(100_000);
    pair.run(1000);
    pair.a.table.configure('b', { ...FAST, intervalMs: 400 });
    expect(pair.a.status?.transmitUs).toBe(400_000);
    expect([pair.a.status?.flaps, pair.b.status?.flaps]).toEqual([0, 0]);
  });

  test('sends nothing periodic to a peer in demand mode, but polls it', () => {
    const pair = up();
    const yourDiscriminator = pair.a.status!.discriminator;
    const demand = packet({ state: STATE.up, demand: true, myDiscriminator: 9, yourDiscriminator, detectMult: 255 });
    pair.line = () => ({ lost: true, delayMs: 0 });
    pair.a.table.receive(demand, demand.length, PATH);
    const before = pair.a.sent.length;
    pair.run(1000);
    expect(pair.a.sent.length).toBe(before);
    pair.a.table.configure('b', { ...FAST, minRxMs: 50 });
    pair.run(1000);
    expect(pair.a.sent.length).toBeGreaterThan(before);
    expect(pair.a.sent.slice(before).every(({ packet: { poll, demand } }) => poll && !demand)).toBe(true);
  });

  test('sends nothing to a peer that wants no packets', () => {
    const pair = up();
    const yourDiscriminator = pair.a.status!.discriminator;
    const none = packet({
      state: STATE.up,
      requiredMinRxUs: 0,
      myDiscriminator: 9,
      yourDiscriminator,
      detectMult: 255,
    });
    pair.line = () => ({ lost: true, delayMs: 0 });
    pair.a.table.receive(none, none.length, PATH);
    const before = pair.a.sent.length;
    pair.run(1000);
    expect(pair.a.sent.length).toBe(before);
  });

  test('continues with its discriminators where another table stopped', () => {
    const pair = up();
    const { status } = pair.a;
    pair.a.table.add('b', PATH, FAST, status);
    pair.run(5000);
    expect(pair.a.status).toMatchObject({ state: 'Up', discriminator: status!.discriminator, flaps: 0 });
    expect(pair.b.status?.flaps).toBe(0);
  });

  test('packets that are not for a session change nothing, and are counted', () => {
    const pair = up();
    const { table } = pair.a;
    const mine = pair.a.status!.discriminator;
    const give = (over: Partial<BfdPacket>, path = PATH) => table.receive(packet(over), 24, path);
    give({ yourDiscriminator: mine ^ 1, state: STATE.down });
    give({ yourDiscriminator: 0, state: STATE.up });
    give({ yourDiscriminator: 0, state: STATE.down }, { ...PATH, remote: 'c' });
    give({ yourDiscriminator: mine, state: STATE.down }, { ...PATH, multihop: true });
    const signed = Uint8Array.of(...packet({ yourDiscriminator: mine, state: STATE.down }), 1, 3, 0, 0);
    signed[1] |= 4;
    signed[3] = 28;
    table.receive(signed, signed.length, PATH);
    expect(Object.fromEntries(table.discarded)).toEqual({
      'your-discriminator': 2,
      state: 1,
      'no-session': 1,
      authentication: 1,
    });
    expect(pair.a.state).toBe('Up');
  });

  test('two sides come up again after any loss and delay, and agree', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.double({ min: 0, max: 0.6, noNaN: true }),
        fc.integer({ min: 0, max: 200 }),
        (seed, loss, delay) => {
          const random = seeded(seed);
          const pair = new Pair(random).begin(FAST, { ...FAST, intervalMs: 250, multiplier: 5 });
          pair.line = () => ({ lost: random() < loss, delayMs: random() * delay });
          pair.run(30_000);
          pair.line = () => ({ lost: false, delayMs: 1 });
          pair.run(20_000);
          expect([pair.a.state, pair.b.state]).toEqual(['Up', 'Up']);
          expect(pair.a.status).toMatchObject({ transmitUs: 100_000, detectionUs: 1_250_000 });
          expect(pair.b.status).toMatchObject({ transmitUs: 250_000, detectionUs: 300_000 });
          const flaps = [pair.a.status!.flaps, pair.b.status!.flaps];
          pair.run(60_000);
          expect([pair.a.status!.flaps, pair.b.status!.flaps]).toEqual(flaps);
        },
      ),
      { numRuns: runs(60) },
    );
  });
});
