import { describeDiag, readPacket, STATE, writePacket } from '../../src/bfd/packet.ts';

/** RFC 5880 4.1 by hand: version 1, diag 1; Up, P, C; mult 3; 24 octets; discriminators; 100 ms, 200 ms, 0. */
const UP = Uint8Array.from(
  Buffer.from('21e8' + '0318' + '11223344' + 'aabbccdd' + '000186a0' + '00030d40' + '00000000', 'hex'),
);

function altered(at: number, value: number): Uint8Array {
  const bytes = UP.slice();
  bytes[at] = value;
  return bytes;
}

describe('BFD control packets', () => {
  test('every field is read from its place', () => {
    expect(readPacket(UP)).toEqual({
      diag: 1,
      state: STATE.up,
      poll: true,
      final: false,
      independent: true,
      authenticated: false,
      demand: false,
      detectMult: 3,
      myDiscriminator: 0x11223344,
      yourDiscriminator: 0xaabbccdd,
      desiredMinTxUs: 100_000,
      requiredMinRxUs: 200_000,
      requiredMinEchoRxUs: 0,
    });
  });

  test('what is written is what was read', () => {
    const packet = readPacket(UP);
    if (typeof packet === 'string') throw new Error(packet);
    expect(writePacket(packet)).toEqual(UP);
  });

  test.each([
    ['another version', altered(0, 0x41), 'version'],
    ['a length below 24', altered(3, 23), 'length'],
    ['a length below 26 with authentication', altered(1, 0xec), 'length'],
    ['a length beyond the payload', altered(3, 25), 'payload'],
    ['a datagram that is cut off', UP.slice(0, 23), 'payload'],
    ['no bytes', new Uint8Array(0), 'payload'],
    ['detect mult 0', altered(2, 0), 'detect-mult'],
    ['the multipoint bit', altered(1, 0xe9), 'multipoint'],
    ['my discriminator 0', Uint8Array.of(...UP.slice(0, 4), 0, 0, 0, 0, ...UP.slice(8)), 'my-discriminator'],
  ])('%s is thrown away', (_what, bytes, reason) => {
    expect(readPacket(bytes)).toBe(reason);
  });

  test('bytes behind the length are no part of it', () => {
    expect(readPacket(Uint8Array.of(...UP, 1, 2, 3))).toEqual(readPacket(UP));
  });

  test('a datagram shorter than its buffer ends where it ends', () => {
    expect(readPacket(Uint8Array.of(...UP, 0, 0), 20)).toBe('payload');
  });

  test('diagnostics have words, also unknown ones', () => {
    expect(describeDiag(1)).toBe('control detection time expired');
    expect(describeDiag(31)).toBe('diagnostic 31');
  });
});
