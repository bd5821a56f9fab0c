/** Route flap damping in the configuration: off unless asked for, and only with parameters that can work. */
import { problemsOf, ROUTER, specOf, warningsOf } from './support.ts';

const peer = (settings: string, as = '65001') =>
  `${ROUTER}peers:\n  - { address: 192.0.2.1, as: ${as}, import: accept, export: accept, ${settings} }\n`;
const dampingOf = (settings: string) => specOf(peer(settings)).peers[0]!.damping;

test('is off without the setting, and with `mode: off`', () => {
  expect(dampingOf('port: 179')).toBeUndefined();
  expect(dampingOf('damping: { mode: off }')).toBeUndefined();
});

test('has the parameters of RFC 7196 unless told otherwise', () => {
  expect(dampingOf('damping: {}')).toEqual({
    halfLifeSeconds: 900,
    suppress: 6000,
    reuse: 750,
    maxSuppressSeconds: 3600,
  });
  expect(dampingOf('damping: { half-life: 600, suppress: 9000, reuse: 1000, max-suppress-time: 7200 }')).toEqual({
    halfLifeSeconds: 600,
    suppress: 9000,
    reuse: 1000,
    maxSuppressSeconds: 7200,
  });
});

test.each([
  ['reuse: 6000', '`reuse`, 6000, is not below `suppress`, 6000'],
  ['suppress: 12000', 'no penalty comes above `suppress`, 12000'],
  ['half-life: 1800', 'the most is 3000'],
  ['max-suppress-time: 900', 'the most is 1500'],
])('%s cannot work', (words, what) => {
  expect(problemsOf(peer(`damping: { ${words} }`))).toEqual([expect.stringContaining(what)]);
});

test('inside the AS it is taken with a warning', () => {
  expect(warningsOf(peer('damping: {}', 'internal'))).toEqual([expect.stringContaining('inside the AS')]);
  expect(warningsOf(peer('damping: {}'))).toEqual([]);
});
