/** The built daemon reads a configuration in a thread of its own: the same as in its own thread, families included. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { reflectordProgram } from '../lab/build.ts';
import { exec } from '../lab/process.ts';

jest.setTimeout(120_000);

const folder = mkdtempSync(join(tmpdir(), 'read-apart-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What both ways make of a file, and how many threads were started. */
async function readBothWays(text: string) {
  const path = join(folder, 'reflectord.yaml');
  writeFileSync(path, text);
  const built = dirname(reflectordProgram());
  const script = `
    let threads = 0;
    process.on('worker', () => threads++);
    const { readApart } = await import(${JSON.stringify(join(built, 'daemon/reload/read-apart.js'))});
    const { readConfig } = await import(${JSON.stringify(join(built, 'daemon/reload/read-config.js'))});
    const { FAMILIES } = await import(${JSON.stringify(join(built, 'wire/families.js'))});
    const running = { as: 65000, routerId: 1, confederation: null };
    const apart = await readApart(${JSON.stringify(path)}, running);
    const families = FAMILIES.map(({ name }) => name);
    const here = await readConfig(${JSON.stringify(path)}, running);
    const plain = (key, value) => value instanceof Map ? [...value] : value;
    console.log(JSON.stringify({ threads, families, apart, here }, plain));`;
  const answer = await exec(process.execPath, ['--input-type=module', '-e', script]);
  return JSON.parse(answer) as { threads: number; families: string[]; apart: { ok: boolean }; here: unknown };
}

test('a configuration with policies, secrets and another family', async () => {
  const { threads, families, apart, here } = await readBothWays(`
router: { as: 65000, id: 10.99.0.1 }
sets: { prefixes: { pods: [ 172.16.0.0/16 or-longer ] } }
policies: { in: { rules: [ { name: pods, if: { prefix: pods }, then: accept } ], default: reject } }
groups: { nodes: { as: internal, password: secret, families: [ ipv4-unicast, l2vpn-evpn ], import: [ in ] } }
peers: [ { address: 10.0.0.1, group: nodes }, { address: 10.0.0.2, group: nodes } ]
`);
  expect(threads).toBe(1);
  expect(apart.ok).toBe(true);
  expect(apart).toEqual(here);
  expect(families).toEqual(['ipv4-unicast', 'ipv6-unicast', 'l2vpn-evpn']);
});

test('a file with errors', async () => {
  const { threads, apart, here } = await readBothWays('router: { as: 65000 }\n');
  expect(threads).toBe(1);
  expect(apart.ok).toBe(false);
  expect(apart).toEqual(here);
});

test('a file that takes too long, as with almost no memory left, is an error in time', async () => {
  const path = join(folder, 'reflectord.yaml');
  writeFileSync(path, 'router: { as: 65000, id: 10.99.0.1 }\n');
  const built = dirname(reflectordProgram());
  const script = `
    const { readApart } = await import(${JSON.stringify(join(built, 'daemon/reload/read-apart.js'))});
    const running = { as: 65000, routerId: 1, confederation: null };
    console.log(JSON.stringify(await readApart(${JSON.stringify(path)}, running, 1)));`;
  const answer = await exec(process.execPath, ['--input-type=module', '-e', script]);
  expect(JSON.parse(answer)).toMatchObject({ ok: false, errors: [expect.stringMatching(/takes more than 0.001 s/)] });
});

test('the lines of peers in a long file, for `doctor`', async () => {
  const built = dirname(reflectordProgram());
  const script = `
    const { findPlaces } = await import(${JSON.stringify(join(built, 'daemon/config-text/places.js'))});
    let threads = 0;
    process.on('worker', () => threads++);
    const octets = (n) => [10, 1, n >> 8, n & 255];
    const rows = Array.from({ length: 2000 }, (_, n) => '  - { address: ' + octets(n).join('.') + ', as: 65000 }');
    const text = ['router: { as: 65000, id: 10.99.0.1 }', 'peers:', ...rows, ''].join('\\n');
    const peer = (n) => ({ name: octets(n).join('.'), dynamic: false, group: '', interfaceName: null, address: Uint8Array.from(octets(n)) });
    const questions = [0, 700, 1999, 2500].map((n) => ({ peer: peer(n), key: 'as' }));
    const worker = ${JSON.stringify(join(built, 'daemon/config-text/worker.js'))};
    console.log(JSON.stringify({ places: await findPlaces({ text, path: 'r.yaml', questions }, () => worker), threads }));`;
  const answer = await exec(process.execPath, ['--input-type=module', '-e', script]);
  expect(JSON.parse(answer)).toEqual({ places: ['r.yaml:3', 'r.yaml:703', 'r.yaml:2002', null], threads: 1 });
});
