/** The TTL filter of the BFD sockets, and the texts of BFD problems. */
import { describeProblem } from '../../src/io/bfd/sockets.ts';
import { ttlFilter } from '../../src/io/bfd/ttl-filter.ts';
import { parseAddress } from '../../src/lib/ip.ts';

const here = { address: parseAddress('192.0.2.1')!, interfaceName: null };

/** Runs a program of classic BPF as the kernel does, with the TTL at its place in the IP header. */
function takes(program: Uint8Array, ttlAt: number, ttl: number): boolean {
  const view = new DataView(program.buffer);
  let accumulator = 0;
  for (let at = 0; ; at += 8) {
    const [code, ifTrue, ifFalse] = [view.getUint16(at, true), program[at + 2]!, program[at + 3]!];
    const operand = view.getInt32(at + 4, true);
    if (code === 0x30) accumulator = operand === -0x100000 + ttlAt ? ttl : Number.NaN;
    else if (code === 0x35) at += 8 * (accumulator >= operand ? ifTrue : ifFalse);
    else return operand !== 0;
  }
}

test.each([
  [false, 8],
  [true, 7],
])('packets with the minimum TTL are received, those below are dropped (IPv6: %p)', (ipv6, ttlAt) => {
  for (const least of [1, 128, 254, 255]) {
    const taken = [0, 1, least - 1, least, 255].map((ttl) => takes(ttlFilter(ipv6, least), ttlAt, ttl));
    expect(taken).toEqual([false, least === 1, false, true, true]);
  }
});

test('a problem names the place and the remedy', () => {
  expect(describeProblem('EADDRINUSE', here, false)).toMatch(/192.0.2.1 port 3784: another program.*EADDRINUSE/);
  expect(describeProblem('EADDRNOTAVAIL', here, true)).toMatch(
    /192.0.2.1 port 4784: this host does not have the address any more/,
  );
  const link = { address: parseAddress('fe80::1')!, interfaceName: 'eth1' };
  expect(describeProblem('ENODEV', link, false)).toContain('fe80::1%eth1 port 3784: the interface does not exist');
  expect(describeProblem('EIO', here, false)).toContain('the system refuses it (EIO)');
});
