/** Addresses and prefixes between text and bytes. */
import { formatAddress, formatPrefix, parseAddress, parseIpv4, parsePrefix } from '../../src/lib/ip.ts';

test.each(['0.0.0.0', '10.0.0.1', '255.255.255.255', '::', '::1', '2001:db8::1', 'fe80::1', '::ffff:192.0.2.1'])(
  '%s is an address',
  (text) => {
    expect(formatAddress(parseAddress(text)!)).toBe(text);
  },
);

test.each([
  '',
  '10.0.0',
  '10.0.0.256',
  '010.0.0.1',
  '10.0.0.01',
  '10.0.0.1.1',
  '10.0.0.1/32',
  ':',
  ':::',
  'fe80::1%eth0',
  '12345::',
  '::/0',
])('%j is none', (text) => {
  expect(parseAddress(text)).toBeNull();
  expect(parseIpv4(text)).toBeNull();
});

test('the bits of a prefix beyond its length are zeroed', () => {
  expect(formatPrefix(parsePrefix('10.99.3.1/15')!)).toBe('10.98.0.0/15');
  expect(formatPrefix(parsePrefix('2001:db8::ff/121')!)).toBe('2001:db8::80/121');
});

test.each(['10.0.0.0', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/', '::/129', '/8'])('%j is no prefix', (text) => {
  expect(parsePrefix(text)).toBeNull();
});
