/** Which addresses are one hop away, by the addresses of the loopback interface. */
import { isOnLink } from '../../src/io/net/on-link.ts';
import { parseAddress } from '../../src/lib/ip.ts';

test.each([
  ['127.0.0.1', '127.9.9.9', true],
  ['127.0.0.1', '128.0.0.1', false],
  // No address of this host, although in its network.
  ['127.0.0.2', '127.0.0.1', false],
  ['192.0.2.1', '192.0.2.2', false],
  ['127.0.0.1', '::1', false],
  ['fe80::1', 'fe80::2', true],
])('from %s to %s: %s', (local, remote, expected) => {
  expect(isOnLink(parseAddress(local)!, parseAddress(remote)!)).toBe(expected);
});
