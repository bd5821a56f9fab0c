/** Keys, TTL and the other transport settings: valid values, contradictions, and that no key is ever shown. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatProblem } from '../../src/config/problems/problems.ts';
import { maskSecrets, type ReadSecret } from '../../src/config/problems/secrets.ts';
import { load } from '../../src/config/read/load.ts';
import { diffSpecs } from '../../src/config/reload/diff.ts';
import { resolve } from '../../src/config/resolve/resolve.ts';
import { secretReader } from '../../src/io/system/secrets.ts';
import type { RouterSpec } from '../../src/spec/router.ts';
import type { TransportSpec } from '../../src/spec/transport.ts';
import { problemsOf, ROUTER, specOf, suggestionFor } from './support.ts';

function peer(settings: string, rest = ''): string {
  return `${ROUTER}peers: [{ address: 192.0.2.1, ${settings} }]\n${rest}`;
}

function transportOf(settings: string): TransportSpec {
  return specOf(peer(settings)).peers[0]!.transport;
}

/** A reader of these secrets. */
function knowing(known: Readonly<Record<string, string>>): ReadSecret {
  return (source) => {
    const found = known['file' in source ? source.file : source.env];
    return found === undefined ? { problem: 'it is not there' } : { bytes: new TextEncoder().encode(found) };
  };
}

function specWith(text: string, read: ReadSecret): RouterSpec {
  const result = load(text, 'test.yaml', read);
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'));
  return resolve(result.config, read);
}

/** All texts about an invalid file. */
function allTexts(text: string, read?: ReadSecret): string {
  const result = load(text, 'test.yaml', read);
  if (result.ok) throw new Error('nothing is wrong');
  return result.problems.map((problem) => `${problem.message}\n${formatProblem(problem, text)}`).join('\n');
}

describe('TTL', () => {
  test.each([
    ['as: internal', null, null],
    ['as: external, import: accept, export: accept', 1, null],
    ['as: external, import: accept, export: accept, multihop: 3', 3, null],
    ['as: internal, multihop: 5', 5, null],
    ['as: internal, ttl-security: 1', 255, 255],
    ['as: external, import: accept, export: accept, ttl-security: 254', 255, 2],
  ])('%s: %s is sent, at least %s is accepted', (settings, ttl, minTtl) => {
    expect(transportOf(settings)).toMatchObject({ ttl, minTtl });
  });

  test('a peer can turn off the TTL security of its group', () => {
    const text = `${ROUTER}groups: { g: { as: external, import: accept, export: accept, ttl-security: 1 } }
peers: [{ address: 192.0.2.1, group: g, ttl-security: false, multihop: 2 }]\n`;
    expect(specOf(text).peers[0]!.transport).toMatchObject({ ttl: 2, minTtl: null });
  });

  test('TTL security and multihop contradict each other, inherited or not', () => {
    const words = '`multihop: 2` sends TTL 2, `ttl-security: 1` sends 255';
    expect(problemsOf(peer('as: internal, ttl-security: 1, multihop: 2'))).toEqual([
      `2:72 peers[0].multihop: ${words}`,
    ]);
    const inherited = `${ROUTER}groups: { g: { as: internal, multihop: 2 } }
peers: [{ address: 192.0.2.1, group: g, ttl-security: 1 }]\n`;
    expect(problemsOf(inherited)).toEqual([`3:55 peers[0].ttl-security: ${words}`]);
  });

  test.each([
    ['ttl-security: 0', 'peers[0].ttl-security: 0 is not a number of hops'],
    ['ttl-security: 255', 'peers[0].ttl-security: 255 is not a number of hops'],
    ['multihop: 256', 'peers[0].multihop: 256 is not a TTL'],
    ['dscp: 64', 'peers[0].dscp: 64 is not a DSCP'],
    ['bind-device: "a b"', 'peers[0].bind-device: "a b" is not an interface name'],
    ['tcp-user-timeout: -1', 'peers[0].tcp-user-timeout: -1 is not a number of seconds'],
  ])('%s is wrong', (setting, problem) => {
    expect(problemsOf(peer(`as: internal, ${setting}`)).map((one) => one.replace(/^\S+ /, ''))).toEqual([problem]);
  });
});

describe('keys', () => {
  test('are in the configuration, in a file, or in the environment', () => {
    const read = knowing({ '/etc/leaf.key': 'from the file\n', NODE_KEY: 'from the environment' });
    for (const [setting, key, source] of [
      ['inline', 'inline', 'the configuration'],
      ['{ file: /etc/leaf.key }', 'from the file', 'the file /etc/leaf.key'],
      ['{ env: NODE_KEY }', 'from the environment', 'the environment variable NODE_KEY'],
    ]) {
      const { password } = specWith(peer(`as: internal, password: ${setting}`), read).peers[0]!.transport;
      expect([new TextDecoder().decode(password!.key.reveal()), password!.source]).toEqual([key, source]);
    }
  });

  test.each([
    ['key\n', 'key'],
    ['key\r\n', 'key'],
    ['key\n\n', 'key\n'],
    [' key ', ' key '],
  ])('the key of the file %j is %j', (content, key) => {
    const { password } = specWith(peer('as: internal, password: { file: f }'), knowing({ f: content })).peers[0]!
      .transport;
    expect(new TextDecoder().decode(password!.key.reveal())).toBe(key);
  });

  test('peers and ranges inherit the key of the group; a peer can have another one, or none', () => {
    const text = `${ROUTER}groups: { g: { as: internal, password: shared, dynamic: [{ range: 10.0.0.0/8 }] } }
peers: [{ address: 192.0.2.1, group: g }, { address: 192.0.2.2, group: g, password: own }, { address: 192.0.2.3, group: g, password: false }]\n`;
    const { peers, ranges } = specOf(text);
    const keys = [...ranges, ...peers].map(({ transport: { password } }) => password && text2(password.key.reveal()));
    expect(keys).toEqual(['shared', 'shared', 'own', null]);
  });

  function text2(bytes: Uint8Array): string {
    return new TextDecoder().decode(bytes);
  }

  test.each([
    ['{ file: /nowhere }', 'cannot read the key from the file /nowhere: it is not there'],
    ['{ env: NOWHERE }', 'cannot read the key from the environment variable NOWHERE: it is not there'],
    ['{ file: empty }', 'the file empty is empty'],
    ['{ file: long }', 'the key in the file long has 81 bytes'],
  ])('%s is reported at its place', (setting, what) => {
    const read = knowing({ empty: '\n', long: `${'x'.repeat(81)}\n` });
    const result = load(peer(`as: internal, password: ${setting}`), 'test.yaml', read);
    expect(result.ok ? [] : result.problems.map((one) => [one.line, one.column, one.path, one.what])).toEqual([
      [2, 55, 'peers[0].password', what],
    ]);
  });

  test('an unreadable key of a group is reported once, not for each of its peers', () => {
    const text = `${ROUTER}groups: { g: { as: internal, password: { env: NOWHERE } } }
peers: [{ address: 192.0.2.1, group: g }, { address: 192.0.2.2, group: g }]\n`;
    expect(problemsOf(text)).toHaveLength(1);
  });

  test('a key has 1 to 80 bytes; letters beyond ASCII count by their bytes', () => {
    expect(problemsOf(peer(`as: internal, password: ${'x'.repeat(80)}`))).toEqual([]);
    expect(problemsOf(peer(`as: internal, password: ${'ä'.repeat(40)}`))).toEqual([]);
    for (const wrong of ['x'.repeat(81), 'ä'.repeat(41), '""']) {
      expect(problemsOf(peer(`as: internal, password: ${wrong}`))).toEqual([
        '2:55 peers[0].password: this value is not a password',
      ]);
    }
  });

  test('an address without a key cannot be in a range with one', () => {
    const group = 'g: { as: internal, password: secret, dynamic: [{ range: 192.0.2.0/24 }] }';
    const words = (who: string) =>
      `${who} has no \`password\`, but is in the range 192.0.2.0/24, which has one: the kernel requires it from every address of the range`;
    expect(problemsOf(peer('as: internal', `groups: { ${group} }`))).toEqual([
      `2:20 peers[0].address: ${words('192.0.2.1')}`,
    ]);
    expect(problemsOf(peer('as: internal, password: another', `groups: { ${group} }`))).toEqual([]);
    const inner = `h: { as: internal, dynamic: [{ range: 192.0.2.128/25 }] }`;
    expect(problemsOf(`${ROUTER}groups: { ${group}, ${inner} }\n`).map((one) => one.replace(/^\S+ /, ''))).toEqual([
      `groups.h.dynamic[0].range: ${words('192.0.2.128/25')}`,
    ]);
  });
});

describe('the reader of files and of the environment', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'keys-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('resolves paths from the folder of the configuration; each reader reads a file once', () => {
    writeFileSync(join(folder, 'a.key'), 'first');
    const read = secretReader(join(folder, 'reflectord.yaml'), {});
    const bytes = (from: ReadSecret) =>
      new TextDecoder().decode((from({ file: 'a.key' }) as { bytes: Uint8Array }).bytes);
    expect(bytes(read)).toBe('first');
    writeFileSync(join(folder, 'a.key'), 'second');
    expect(bytes(read)).toBe('first');
    expect(bytes(secretReader(join(folder, 'reflectord.yaml'), {}))).toBe('second');
  });

  test('says why a key cannot be read', () => {
    const read = secretReader(join(folder, 'reflectord.yaml'), { SET: 'x' });
    expect(read({ file: 'none' })).toEqual({ problem: 'it does not exist' });
    expect(read({ file: '.' })).toEqual({ problem: 'it is a directory' });
    expect(read({ env: 'UNSET' })).toEqual({ problem: 'it is not set' });
    expect(read({ env: 'SET' })).toEqual({ bytes: new TextEncoder().encode('x') });
  });
});

describe('a key is never shown', () => {
  const KEY = 'hunter2#x';

  test.each([
    ['a wrong value beside it', `peers: [{ address: 192.0.2.1, password: ${KEY}, as: internal, hold-time: 1 }]`],
    ['behind it on the line', `peers: [{ address: 192.0.2.1, as: x, password: "${KEY}" }]`],
    ['in a block', `peers:\n  - address: 192.0.2.1\n    as: internal\n    password: ${'hunter2#x'.repeat(10)}`],
    [
      'on the next line',
      `peers:\n  - address: 192.0.2.1\n    as: internal\n    password:\n      ${'hunter2#x'.repeat(10)}`,
    ],
    ['a misspelt key', `peers: [{ address: 192.0.2.1, as: internal, pasword: ${KEY} }]`],
    ['an unknown key', `peers: [{ address: 192.0.2.1, as: internal, md5-secret: ${KEY} }]`],
    ['in a list', `peers: [{ address: 192.0.2.1, as: internal, password: [${KEY}] }]`],
    ['an alias', `peers: [{ address: 192.0.2.1, as: internal, password: *hunter2 }]`],
    ['an unclosed quote', `peers: [{ address: 192.0.2.1, as: internal, password: "${KEY} }]`],
    ['in a wrong place', `password: ${KEY}`],
  ])('%s', (_name, lines) => {
    const all = allTexts(`${ROUTER}${lines}\n`);
    expect(all).not.toContain('hunter2');
    expect(all.length).toBeGreaterThan(20);
  });

  test('a number is rejected without showing it', () => {
    const text = peer('as: internal, password: 424242');
    expect(allTexts(text)).not.toContain('424242');
    expect(suggestionFor(text)).toBe('write it in quotes');
  });

  test('the rest of the line is shown', () => {
    expect(maskSecrets('{ a: 1, password: xyz, b: 2 }')).toBe('{ a: 1, password: ***, b: 2 }');
    expect(maskSecrets('password: "x, y" # why')).toBe('password: ****** # why');
    expect(maskSecrets('password: { file: /etc/x.key }')).toBe('password: { file: /etc/x.key }');
    expect(maskSecrets('passive: true')).toBe('passive: true');
  });

  test('not in the text of a specification either', () => {
    const spec = specOf(peer(`as: internal, password: ${KEY}`));
    const { key } = spec.peers[0]!.transport.password!;
    expect(JSON.stringify(spec)).not.toContain('hunter2');
    expect(JSON.stringify({ bytes: key })).toBe('{"bytes":"(secret)"}');
    expect(`${key}`).toBe('(secret)');
  });
});

describe('a reload', () => {
  function change(before: string, after: string): string[] {
    const [a, b] = [before, after].map((settings) => specOf(peer(`as: internal, ${settings}`)));
    return diffSpecs(a!, b!).peers.changed.map(({ how, keys }) => `${how} ${keys.join(' ')}`);
  }

  test('a changed key is set on open connections; the first and the last key reset the session', () => {
    expect(change('password: a', 'password: a')).toEqual([]);
    expect(change('password: a', 'password: b')).toEqual(['live password']);
    expect(change('dscp: 48', 'password: b')).toEqual(['reset password']);
    expect(change('password: a', 'dscp: 48')).toEqual(['reset password']);
  });

  test('a changed key in a file is a change of the same configuration', () => {
    const text = peer('as: internal, password: { file: f }');
    const [a, b] = ['first', 'second'].map((content) => specWith(text, knowing({ f: content })));
    expect(diffSpecs(a!, b!).peers.changed.map(({ how }) => how)).toEqual(['live']);
    expect(diffSpecs(a!, specWith(text, knowing({ f: 'first\n' }))).peers.changed).toEqual([]);
  });
});
