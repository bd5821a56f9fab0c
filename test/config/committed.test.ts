/** What is committed beside the source: generated files are as the source makes them, examples are right. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { load } from '../../src/config/read/load.ts';
import { describedSchema, type SchemaNode } from '../../src/config/reference/json-schema.ts';
import { resolve } from '../../src/config/resolve/resolve.ts';
import { LOG_COMPONENTS } from '../../src/config/schema/schema.ts';
import { COMPONENTS } from '../../src/engine/events/event-row.ts';
import { formatAddress } from '../../src/lib/ip.ts';
import { GENERATED } from '../../src/tools/generated.ts';
import { problemsOf } from './support.ts';

const ROOT = join(__dirname, '..', '..');

const EXAMPLES = readdirSync(join(ROOT, 'config')).filter(
  (name) => name.endsWith('.yaml') && name !== 'prometheus-rules.yaml',
);

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

describe('generated files', () => {
  test.each(GENERATED)('$path is as `npm run generate` makes it', ({ path, render }) => {
    expect(read(path)).toBe(render());
  });

  test('the JSON Schema has nothing that no editor knows', () => {
    const text = read('config/schema.json');
    for (const word of ['"expects"', '"defaultWords"', '"reload"']) expect(text).not.toContain(word);
  });

  test('the JSON Schema takes the examples as editors read them, and no key that does not exist', () => {
    const schema = z.fromJSONSchema(JSON.parse(read('config/schema.json')));
    for (const name of EXAMPLES)
      expect([name, schema.safeParse(parse(read(`config/${name}`))).success]).toEqual([name, true]);
    const router = { as: 1, id: '10.0.0.1' };
    expect(schema.safeParse({ router }).success).toBe(true);
    expect(schema.safeParse({ router: { ...router, as: 1.1 } }).success).toBe(true);
    for (const wrong of [{}, { router: { as: 1 } }, { router, foo: 1 }, { router: { ...router, as: 0 } }]) {
      expect([wrong, schema.safeParse(wrong).success]).toEqual([wrong, false]);
    }
  });

  test('every key has a meaning, and an example that is right', () => {
    const { $defs, ...schema } = describedSchema();
    const keys = keysBelow(schema, '');
    expect(keys.length).toBeGreaterThan(60);
    for (const { path, node } of keys) {
      expect([path, node.description ?? '']).toEqual([path, expect.stringMatching(/\.$/)]);
      expect([path, node.examples ?? []]).toEqual([path, expect.arrayContaining([expect.anything()])]);
    }
  });
});

/** Leaves of the schema: keys whose value is no mapping with keys of its own. */
function keysBelow(node: SchemaNode, path: string): { path: string; node: SchemaNode }[] {
  const children: [string, SchemaNode][] = [
    ...Object.entries(node.properties ?? {}),
    ...(node.items?.properties ? [['[]', node.items] as [string, SchemaNode]] : []),
    ...(typeof node.additionalProperties === 'object'
      ? [['NAME', node.additionalProperties] as [string, SchemaNode]]
      : []),
  ];
  if (children.length > 0) return children.flatMap(([name, child]) => keysBelow(child, `${path}.${name}`));
  // One section, or the word that turns it off.
  const section = path === '.metrics' ? node.anyOf![0]! : null;
  return section === null ? [{ path, node }] : keysBelow(section, path);
}

describe('example configurations', () => {
  test('there are several', () => {
    expect(EXAMPLES).toEqual(expect.arrayContaining(['calico.yaml', 'demo.yaml', 'leaf-spine.yaml', 'minimal.yaml']));
  });

  test.each(EXAMPLES)('%s is right, without a warning, and tells editors of the schema', (name) => {
    const text = read(`config/${name}`);
    const result = load(text, name);
    expect(result).toMatchObject({ ok: true, warnings: [] });
    if (result.ok) resolve(result.config);
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=./schema.json');
  });

  test('the example of the reference page is right', () => {
    const example = /```yaml\n([\s\S]*?)```/.exec(read('docs/CONFIG.md'))![1]!;
    expect(problemsOf(example)).toEqual([]);
  });

  test('the demo needs no rights and stays on the loopback interface', () => {
    const result = load(read('config/demo.yaml'), 'demo.yaml');
    if (!result.ok) throw new Error('not right');
    const { listen, peers, fib } = resolve(result.config);
    expect(listen.every(({ address, port }) => isLoopback(address) && port >= 1024)).toBe(true);
    expect(peers.every(({ address }) => isLoopback(address))).toBe(true);
    expect(fib.mode).not.toBe('install');
  });
});

test('the configuration of the benchmarks is right, without a warning', () => {
  expect(load(read('test/bench/bench.yaml'), 'bench.yaml')).toMatchObject({ ok: true, warnings: [] });
});

function isLoopback(address: Uint8Array): boolean {
  return address[0] === 127 || formatAddress(address) === '::1';
}

test('every component of the log may have a level', () => {
  expect([...LOG_COMPONENTS].sort()).toEqual([...COMPONENTS].sort());
});
