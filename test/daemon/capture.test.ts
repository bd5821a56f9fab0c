/** The capture of the messages of a peer: what is in it, and its limits. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { writeCapture } from '../../src/cli/pages/operate/capture.ts';
import { Output } from '../../src/cli/text/output.ts';
import { PcapStream } from '../../src/cli/text/pcap.ts';
import { capture } from '../../src/daemon/operate/capture.ts';
import type { CommandTarget } from '../../src/daemon/operate/target.ts';
import type { CapturedView } from '../../src/engine/api/operator-commands.ts';
import { SimPeer } from '../engine/sim-peer.ts';
import { World } from '../engine/world.ts';
import { temporaryFolder } from '../lab/temporary.ts';
import { announce } from '../lab/updates.ts';

const targetOf = ({ engine }: World) => ({ engine }) as unknown as CommandTarget;
const TYPES = ['', 'OPEN', 'UPDATE', 'NOTIFICATION', 'KEEPALIVE', 'ROUTE-REFRESH'];

/** `sent UPDATE`, one per message. */
function messagesOf(items: readonly CapturedView[]): string[] {
  return items.flatMap((item) => {
    if (item.kind !== 'messages') return [];
    const bytes = Buffer.from(item.bytes, 'base64');
    const found: string[] = [];
    for (let at = 0; at < bytes.length; at += bytes.readUInt16BE(at + 16))
      found.push(`${item.direction} ${TYPES[bytes[at + 18]!]}`);
    return found;
  });
}

async function startCapture(world: World, limits: { seconds?: number; octets?: number } = {}) {
  const leaving = new AbortController();
  const items = capture(targetOf(world), '10.0.0.1', limits, leaving.signal);
  await items.next();
  const all: CapturedView[] = [];
  const done = (async () => {
    for await (const item of items) all.push(item);
  })();
  return { all, done, leaving };
}

afterEach(() => jest.useRealTimers());

test('has what the session exchanges, in both directions, and the OPENs of the next session', async () => {
  const world = new World();
  const peer = SimPeer.up(world, '10.0.0.1', 1);
  const other = SimPeer.up(world, '10.0.0.2', 2);
  const { all, done, leaving } = await startCapture(world);
  peer.send(announce(['20.0.0.0/8'], { localPref: 100 }));
  other.send(announce(['30.0.0.0/8'], { localPref: 100 }));
  world.settle();
  peer.flap();
  await new Promise((resolve) => setImmediate(resolve));
  leaving.abort();
  await done;
  const seen = messagesOf(all);
  expect(seen.slice(0, 2)).toEqual(['received UPDATE', 'sent UPDATE']);
  for (const one of ['received OPEN', 'sent OPEN', 'sent KEEPALIVE']) expect(seen).toContain(one);
  const before = all.length;
  peer.send(announce(['21.0.0.0/8'], { localPref: 100 }));
  world.settle();
  expect(all).toHaveLength(before);
  expect(world.engine.taps.count).toBe(0);
});

test('ends by itself after its time, and after its size', async () => {
  jest.useFakeTimers();
  const world = new World();
  const peer = SimPeer.up(world, '10.0.0.1', 1);
  const timed = await startCapture(world, { seconds: 5 });
  await jest.advanceTimersByTimeAsync(5000);
  await timed.done;
  expect(timed.all).toEqual([{ kind: 'end', why: 'after 5 s', octets: 0, dropped: 0 }]);
  const sized = await startCapture(world, { octets: 1000 });
  for (let n = 0; n < 50; n++) peer.send(announce([`20.${n}.0.0/16`], { localPref: 100 }));
  await jest.advanceTimersByTimeAsync(0);
  await sized.done;
  expect(sized.all.at(-1)).toMatchObject({ kind: 'end', why: 'after 1000 octets' });
});

test('a client that does not read costs a bounded amount of memory, and what is dropped is counted', async () => {
  const world = new World();
  const peer = SimPeer.up(world, '10.0.0.1', 1);
  const items = capture(targetOf(world), '10.0.0.1', { octets: 8_000_000 }, new AbortController().signal);
  await items.next();
  const large = announce(
    Array.from({ length: 900 }, (_, n) => `20.${n >> 8}.${n & 255}.0/24`),
    { localPref: 100 },
  );
  const count = Math.ceil((9 << 20) / large.length);
  for (let n = 0; n < count; n++) peer.send(large);
  const all: CapturedView[] = [];
  for await (const item of items) all.push(item);
  const kept = Math.floor((8 << 20) / large.length) * large.length;
  expect(all.at(-1)).toMatchObject({ kind: 'end', octets: kept, dropped: count * large.length - kept });
  expect(world.engine.taps.count).toBe(0);
});

test('one capture for each peer at a time', async () => {
  const world = new World();
  SimPeer.up(world, '10.0.0.1', 1);
  const { done, leaving } = await startCapture(world);
  const second = capture(targetOf(world), '10.0.0.1', {}, new AbortController().signal);
  await expect(second.next()).rejects.toThrow(/captured already/);
  leaving.abort();
  await done;
});

describe('the file', () => {
  const from = { address: Uint8Array.of(10, 0, 0, 1), port: 40_000 };
  const to = { address: Uint8Array.of(10, 0, 0, 2), port: 179 };
  const sumOf = (bytes: Buffer) => {
    let sum = 0;
    for (let at = 0; at < bytes.length; at += 2) sum += (bytes[at]! << 8) | (bytes[at + 1] ?? 0);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    return sum;
  };

  test('has one packet per message, with sequence numbers that go on, and valid checksums', () => {
    const stream = new PcapStream();
    const update = announce(['20.0.0.0/8'], { localPref: 100 });
    const two = stream.packets(1_500.25, from, to, Buffer.concat([update, update]));
    const size = 16 + 40 + update.length;
    expect(two.length).toBe(2 * size);
    expect([two.readUInt32LE(0), two.readUInt32LE(4)]).toEqual([1, 500_250]);
    const [first, second] = [two.subarray(16, size), two.subarray(size + 16)];
    expect(second.readUInt32BE(24) - first.readUInt32BE(24)).toBe(update.length);
    expect(sumOf(first.subarray(0, 20))).toBe(0xffff);
    const tcp = first.subarray(20);
    const pseudo = Buffer.from([...first.subarray(12, 20), 0, 6, tcp.length >> 8, tcp.length & 255]);
    expect(sumOf(Buffer.concat([pseudo, tcp]))).toBe(0xffff);
    const back = stream.packets(2000, to, from, update);
    expect(back.readUInt32BE(16 + 28)).toBe(1 + 2 * update.length);
  });

  test('splits the longest messages (RFC 8654) into packets that IP can carry', () => {
    const message = Buffer.alloc(65_535, 0xff);
    message.writeUInt16BE(65_535, 16);
    const packets = new PcapStream().packets(0, from, to, message);
    expect(packets.length).toBe(65_535 + 2 * 56);
    expect(packets.readUInt16BE(16 + 2)).toBe(60_040);
  });

  test('is there from the start, for its owner only, and one that cannot be written is named', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'a.pcap');
    const stream = new PassThrough();
    async function* none(): AsyncGenerator<CapturedView> {
      yield { kind: 'begin', peer: '10.0.0.1', seconds: 60 };
      yield { kind: 'end', why: 'after 60 s', octets: 0, dropped: 3000 };
    }
    await writeCapture(none(), new Output(stream), path);
    expect(readFileSync(path).length).toBe(24);
    await expect(writeCapture(none(), new Output(stream), join(folder, 'no', 'a.pcap'))).rejects.toThrow(
      /cannot write/,
    );
    rmSync(folder, { recursive: true });
  });
});
