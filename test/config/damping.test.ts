/** Route flap damping in the configuration: off by default, and only with consistent parameters. */
import { problemsOf, ROUTER, specOf, warningsOf } from './support.ts';

const peer = (settings: string, as = '65001') =>
  `${ROUTER}peers:\n  - { address: 192.0.2.1, as: ${as}, import: accept, export: accept, ${settings} }\n`;
const dampingOf = (settings: string) => specOf(peer(settings)).peers[0]!.damping;

test('is off without the setting, and with `mode: off`', () => {
  expect(dampingOf('port: 179')).toBeNull();
  expect(dampingOf('damping: { mode: off }')).toBeNull();
});

test('has the parameters of RFC 7196 by default', () => {
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
  ['reuse: 6000', '`reuse` 6000 is not below `suppress` 6000'],
  ['suppress: 12000', 'no penalty can exceed `suppress` 12000'],
  ['half-life: 1800', 'is 3000'],
  ['max-suppress-time: 900', 'is 1500'],
])('%s is rejected', (words, what) => {
  expect(problemsOf(peer(`damping: { ${words} }`))).toEqual([expect.stringContaining(what)]);
});

test('it gives a warning inside the AS', () => {
  expect(warningsOf(peer('damping: {}', 'internal'))).toEqual([expect.stringContaining('damping of iBGP routes')]);
  expect(warningsOf(peer('damping: {}'))).toEqual([]);
});
