/** Peers that cost: floods of garbage, silence, resets, and one that does not read. The others must not notice. */
import * as bgp from '../lab/bgp-bytes.ts';
import { eventually, waitFor } from '../lab/wait-for.ts';
import { HOP, Watched } from './watched.ts';

const { attributesTo, message, nlri, open, TYPE, u16, update } = bgp;

jest.setTimeout(60_000);

let watched: Watched;

beforeAll(async () => {
  watched = await Watched.start();
}, 120_000);
afterAll(async () => {
  try {
    await watched?.expectUnharmed();
  } finally {
    await watched?.reflector.stop();
  }
});
afterEach(() => watched.stillServes());

describe('peers that cost', () => {
  test('takes 200 connections of garbage at once', async () => {
    const bad = await Promise.all(Array.from({ length: 200 }, (_, i) => watched.reflector.connect(`127.0.7.${i + 1}`)));
    for (const [i, one] of bad.entries()) one.send(garbage(i));
    const answers = await Promise.all(bad.map((one) => one.notification()));
    expect(answers.filter((answer) => !/^010[123]/.test(answer))).toEqual([]);
  });

  test('survives connections that send nothing', async () => {
    const silent = await Promise.all(
      Array.from({ length: 50 }, (_, i) => watched.reflector.connect(`127.0.8.${i + 1}`)),
    );
    await Promise.all(silent.map((one) => one.next(TYPE.open)));
    await watched.stillServes();
    const peers = await watched.reflector.daemon.ask('show peers', {});
    const waiting = peers.filter((peer) => peer.address.startsWith('127.0.8.'));
    expect(waiting.map((peer) => peer.state)).toEqual(silent.map(() => 'OpenSent'));
    for (const one of silent) one.destroy();
  });

  test('survives connections that are reset in the middle of a message', async () => {
    for (let length = 1; length < 48; length += 3) {
      const bad = await watched.connected();
      bad.send(open({ routerId: '10.0.0.99' }).subarray(0, length));
      bad.destroy();
    }
  });

  test('serves the others at full speed while one peer does not read, and that one the rest when it reads again', async () => {
    const count = 60_000;
    const slow = await watched.established();
    slow.pause();
    const many = Array.from({ length: count }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32`);
    const before = watched.bob.routes.size;
    watched.alice.send(...many.map((prefix, i) => distinctUpdate(prefix, i)));
    await waitFor(
      'bob has heard all routes',
      () => watched.bob.routes.size - before,
      (size) => size === count,
    );
    const [shown] = await watched.reflector.daemon.ask('show peer', { peer: slow.address });
    expect(shown?.state).toBe('Established');
    watched.alice.send(...withdrawals(many.slice(count / 2)));
    await waitFor(
      'bob has heard the withdrawals',
      () => watched.bob.routes.size - before,
      (size) => size === count / 2,
    );
    slow.resume();
    await eventually('the slow peer has what the others have', () => {
      expect(slow.routes.size).toBe(watched.bob.routes.size);
    });
    expect([...slow.routes].sort()).toEqual([...watched.bob.routes].sort());
    slow.end();
    watched.alice.send(...withdrawals(many.slice(0, count / 2)));
    await waitFor(
      'bob has heard the last withdrawals',
      () => watched.bob.routes.size,
      (size) => size === before,
    );
  });
});

/** A route with attributes of its own, so that no two share an UPDATE. */
function distinctUpdate(prefix: string, i: number): Buffer {
  const attributes = [...attributesTo(HOP), ...bgp.communities(65000 * 65536, i)];
  return update({ attributes, nlri: nlri(prefix) });
}

function withdrawals(prefixes: readonly string[]): Buffer[] {
  const messages: Buffer[] = [];
  for (let i = 0; i < prefixes.length; i += 500) {
    messages.push(update({ withdrawn: nlri(...prefixes.slice(i, i + 500)) }));
  }
  return messages;
}

/** Kinds of bytes that can be no message; the same for the same `i`. */
function garbage(i: number): Buffer {
  const noise = Array.from({ length: 64 }, (_, at) => (at * 31 + i * 17) & 255);
  if (i % 4 === 0) return Buffer.from(noise);
  if (i % 4 === 1) return message(noise[0]! | 0x80, noise);
  if (i % 4 === 2) return message(TYPE.open, noise, i % 19);
  return message(TYPE.update, u16(i), 60_000 + i);
}
