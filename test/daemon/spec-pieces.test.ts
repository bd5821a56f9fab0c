/** A configuration that goes through the messages of another thread is the same afterwards. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../src/daemon/reload/read-config.ts';
import { fromPieces, piecesOf } from '../../src/daemon/reload/spec-pieces.ts';
import { Secret } from '../../src/lib/secret.ts';

const FILE = `
router: { as: 64512, id: 10.99.0.1 }
sets:
  prefixes: { pods: [ 172.16.0.0/16 or-longer, "fd00::/8 or-longer" ] }
policies:
  in:
    rules:
      - { name: a, if: { any: [ { prefix: pods }, { not: { prefix: { set: pods, or-longer: true } } } ] }, then: next }
${Array.from({ length: 120 }, (_, at) => `      - { name: r${at}, if: { communities: "64512:${at}" }, set: { local-pref: ${at} }, then: accept }`).join('\n')}
    default: reject
guard: { golden-prefixes: [ pods ], withdraw-at-most: 20 % }
groups:
  nodes: { as: internal, password: secret, labels: { region: eu }, import: [ in ], export: accept }
  others: { as: external, import: [ in ], export: reject, dynamic: [ { range: 10.2.0.0/16 } ] }
peers:
${Array.from({ length: 120 }, (_, at) => `  - { address: 10.1.0.${at + 1}, group: nodes }`).join('\n')}
`;

const folder = mkdtempSync(join(tmpdir(), 'pieces-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function read(text: string) {
  const path = join(folder, 'reflectord.yaml');
  writeFileSync(path, text);
  return readConfig(path);
}

/** What another thread receives, and the number of pieces. */
function sent(result: Awaited<ReturnType<typeof read>>) {
  const pieces = [...piecesOf(result)].map((piece) => structuredClone(piece));
  const count = pieces.length;
  const steps = fromPieces(() => pieces.shift()!);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return { received: value, count, left: pieces.length };
  }
}

/** Functions and secrets are compared by what they give. */
function comparable(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, one: unknown) => {
      if (one instanceof Map) return [...one];
      return ArrayBuffer.isView(one) ? [...(one as Uint8Array)] : one;
    }),
  );
}

test('a configuration arrives as it was, in many pieces', async () => {
  const before = await read(FILE);
  if (!before.ok) throw new Error(before.text);
  const { received, count, left } = sent(before);
  if (!received.ok) throw new Error('it has errors');
  expect(comparable(received)).toEqual(comparable(before));
  expect(count).toBeGreaterThan(8);
  expect(left).toBe(0);
  const [first, last] = [received.spec.peers[0]!, received.spec.peers.at(-1)!];
  expect(first.session).toBe(last.session);
  expect(first.exchange.chains.labels).toEqual({ region: 'eu' });
  const { password } = first.transport;
  expect(password!.key).toBeInstanceOf(Secret);
  expect(password!.key!.equals(before.spec.peers[0]!.transport.password!.key!)).toBe(true);
  const { test: condition } = received.spec.policies.get('in')!.rules[0]!;
  const golden = received.spec.guard!.golden!;
  expect(condition).toMatchObject({ kind: 'any', of: [{ set: { name: 'pods', digest: golden.digest } }, {}] });
  expect(golden.ipv4).toEqual(before.spec.guard!.golden!.ipv4);
});

test('errors arrive as they were', async () => {
  const before = await read('router: { as: 64512 }\n');
  expect(before.ok).toBe(false);
  expect(sent(before).received).toEqual(before);
});
