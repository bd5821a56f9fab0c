/** Committed files: generated files are up to date, and examples are valid. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseDocument } from 'yaml';
import { z } from 'zod';
import { GENERATED } from '../../src/cli/tools/generated.ts';
import { load } from '../../src/config/read/load.ts';
import { alternatives, describeKind } from '../../src/config/read/shape.ts';
import { readSource } from '../../src/config/read/source.ts';
import { describedSchema, type SchemaNode } from '../../src/config/reference/json-schema.ts';
import { anchor } from '../../src/config/reference/reference.ts';
import { configSections } from '../../src/config/reference/sections.ts';
import { resolve } from '../../src/config/resolve/resolve.ts';
import { configSchema } from '../../src/config/schema/schema.ts';
import { LOG_COMPONENTS } from '../../src/config/schema/services.ts';
import { SETTINGS } from '../../src/config/settings/settings.ts';
import { COMPONENTS } from '../../src/engine/events/event-row.ts';
import { formatAddress } from '../../src/lib/ip.ts';
import { problemsOf } from './support.ts';

const ROOT = join(__dirname, '..', '..');

const EXAMPLES = readdirSync(join(ROOT, 'config')).filter(
  (name) => name.endsWith('.yaml') && name !== 'prometheus-rules.yaml',
);

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

describe('generated files', () => {
  test.each(GENERATED)('$path is up to date with `npm run generate`', ({ path, render }) => {
    expect(read(path)).toBe(render());
  });

  test('the JSON Schema has no notes for the reference page', () => {
    const text = read('config/schema.json');
    for (const word of ['"expects"', '"defaultWords"', '"reload"', '"details"', '"topic"', '"values"', '](#'])
      expect(text).not.toContain(word);
  });

  test('the JSON Schema accepts the examples as editors read them, and rejects unknown keys', () => {
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

  test('every key has a description and an example', () => {
    const { $defs, ...schema } = describedSchema();
    const keys = keysBelow(schema, '');
    expect(keys.length).toBeGreaterThan(60);
    for (const { path, node } of keys) {
      expect([path, node.description ?? '']).toEqual([path, expect.stringMatching(/\.$/)]);
      expect([path, node.examples ?? []]).toEqual([path, expect.arrayContaining([expect.anything()])]);
    }
  });
});

describe('the reference page', () => {
  const page = read('docs/CONFIG.md');
  const text = page.replaceAll(/```[\s\S]*?```/g, '');
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchor(heading!));

  test('every heading has its own anchor, and every link leads to one', () => {
    expect(headings.filter((one, at) => headings.indexOf(one) !== at)).toEqual([]);
    const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, link]) => link!);
    expect(links.filter((link) => !headings.includes(link))).toEqual([]);
    expect(links.length).toBeGreaterThan(100);
  });

  test('every setting is in one section', () => {
    const keys = configSections().flatMap((section) => section.keys.map(({ path }) => path));
    for (const name of Object.keys(SETTINGS)) expect(keys.filter((key) => key === name)).toEqual([name]);
  });

  test('every example is valid', () => {
    const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].flatMap(([, text]) => text!.split('# or\n'));
    const router = { as: 1, id: '10.0.0.1' };
    expect(blocks.length).toBeGreaterThan(100);
    for (const text of blocks) {
      const { value } = readSource(parseDocument(text, { schema: 'core' })).root;
      const example = value as Record<string, unknown>;
      const isPart = Object.keys(example).some((key) => key in configSchema.shape);
      const part = isPart ? example : { groups: { g: example } };
      const whole = { ...part, router: { ...router, ...(part.router as object | undefined) } };
      const problems = configSchema.safeParse(whole).error?.issues ?? [];
      // An example shows one key: others of its mapping may be missing.
      expect([
        text,
        problems.filter(({ code, message }) => !(code === 'invalid_type' && /undefined/.test(message))),
      ]).toEqual([text, []]);
    }
  });
});

/** Leaves of the schema: keys whose value is not a mapping with its own keys. */
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

  test.each(EXAMPLES)('%s is valid, without a warning, and names the schema for editors', (name) => {
    const text = read(`config/${name}`);
    const result = load(text, name);
    expect(result).toMatchObject({ ok: true, warnings: [] });
    if (result.ok) resolve(result.config);
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=./schema.json');
  });

  test('the first example of the reference page is valid', () => {
    const example = /```yaml\n([\s\S]*?)```/.exec(read('docs/CONFIG.md'))![1]!;
    expect(problemsOf(example)).toEqual([]);
  });

  test('the demo needs no rights and stays on the loopback interface', () => {
    const result = load(read('config/demo.yaml'), 'demo.yaml');
    if (!result.ok) throw new Error('not valid');
    const { listen, peers, fib } = resolve(result.config);
    expect(listen.every(({ address, port }) => isLoopback(address) && port >= 1024)).toBe(true);
    expect(peers.every(({ address }) => isLoopback(address))).toBe(true);
    expect(fib.mode).not.toBe('install');
  });
});

test('the configuration of the benchmarks is valid, without a warning', () => {
  expect(load(read('test/bench/bench.yaml'), 'bench.yaml')).toMatchObject({ ok: true, warnings: [] });
});

function isLoopback(address: Uint8Array): boolean {
  return address[0] === 127 || formatAddress(address) === '::1';
}

test('every component of the log can have a level', () => {
  expect([...LOG_COMPONENTS].sort()).toEqual([...COMPONENTS].sort());
});

test('each kind of value that the schema can reject says what it expects', () => {
  const silent: string[] = [];
  const visit = (schema: z.ZodType, path: string) => {
    const kinds = alternatives(schema);
    if (!(kinds[0] instanceof z.ZodUnknown) && describeKind(schema).expected === 'a mapping with ') silent.push(path);
    for (const kind of kinds) {
      if (kind instanceof z.ZodArray) visit(kind.element as z.ZodType, `${path}[]`);
      if (kind instanceof z.ZodRecord) visit(kind.valueType as z.ZodType, `${path}.*`);
      if (!(kind instanceof z.ZodObject)) continue;
      for (const [key, value] of Object.entries(kind.shape)) visit(value as z.ZodType, `${path}.${key}`);
    }
  };
  visit(configSchema, '');
  expect(silent).toEqual([]);
});
