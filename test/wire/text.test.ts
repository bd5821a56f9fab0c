/** Text that peers choose, on its way to an operator's terminal. */

import { notification, shutdownText } from '../../src/wire/notification.ts';
import { CAPABILITY, describeCapability } from '../../src/wire/open/capabilities.ts';
import { printableLines, readText } from '../../src/wire/text.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const counted = (text: string) => Uint8Array.of(encode(text).length, ...encode(text));

/** Escape sequences, line ends, and what turns, joins or hides text. */
const HOSTILE = [
  '\u001b',
  '\u009b',
  '\n',
  '\r',
  '\u007f',
  '\u202e',
  '\u2066',
  '\u200f',
  '\u061c',
  '\u200b',
  '\u2028',
  '\ufeff',
];

describe('text from a peer', () => {
  test.each([
    [
      'host name',
      (text: string) => describeCapability({ code: CAPABILITY.fqdn, value: Uint8Array.of(...counted(text), 0) }),
    ],
    [
      'domain name',
      (text: string) => describeCapability({ code: CAPABILITY.fqdn, value: Uint8Array.of(1, 104, ...counted(text)) }),
    ],
    [
      'software version',
      (text: string) => describeCapability({ code: CAPABILITY.softwareVersion, value: counted(text) }),
    ],
    ['words of a shutdown', (text: string) => shutdownText(notification(6, 2, counted(text))) ?? ''],
  ])('a %s reaches no terminal with anything but printable characters', (_what, show) => {
    for (const each of HOSTILE) expect(show(`a${each}b ü☃`)).toMatch(/a b ü☃$/);
  });

  test('that is no UTF-8 has a mark in place of what cannot be read', () => {
    expect(readText(Uint8Array.of(97, 255, 98, 99), 0, 3)).toBe('a\ufffdb');
  });

  test('keeps its lines where there may be several', () => {
    expect(printableLines('a\u001b[31m\nb')).toBe('a [31m\nb');
  });
});
