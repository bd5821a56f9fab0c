import { count, formatBytes, formatDuration } from '../../src/cli/text/units.ts';

test.each([
  [0, '0s'],
  [59.9, '59s'],
  [60, '1m00s'],
  [725, '12m05s'],
  [3600, '1h00m'],
  [11_520, '3h12m'],
  [93_600, '1d02h'],
  [99 * 86_400 + 86_399, '99d23h'],
  [412 * 86_400, '412d'],
  [-5, '0s'],
])('%d seconds read %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test.each([
  [0, '0 B'],
  [950, '950 B'],
  [999, '999 B'],
  [1000, '1.00 kB'],
  [1250, '1.25 kB'],
  [9_999, '10.0 kB'],
  [99_990, '100 kB'],
  [999_600, '1.00 MB'],
  [86_400_000, '86.4 MB'],
  [5e15, '5000 TB'],
])('%d bytes read %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('a count has its noun in the right number', () => {
  expect([count(1, 'peer'), count(2, 'peer'), count(2, 'prefix', 'prefixes')]).toEqual([
    '1 peer',
    '2 peers',
    '2 prefixes',
  ]);
});
