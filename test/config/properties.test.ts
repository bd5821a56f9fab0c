/** Properties of every configuration, and of every broken file. */
import fc from 'fast-check';
import { stringify } from 'yaml';
import { formatProblem } from '../../src/config/problems/problems.ts';
import { load } from '../../src/config/read/load.ts';
import { diffSpecs } from '../../src/config/reload/diff.ts';
import { resolve } from '../../src/config/resolve/resolve.ts';
import { configSchema } from '../../src/config/schema/schema.ts';
import { runs } from '../lab/effort.ts';
import { configuration } from './arbitrary.ts';

/** The file of a configuration, in one of the styles of YAML. */
function fileOf(value: unknown, flow: boolean): string {
  return stringify(value, { collectionStyle: flow ? 'flow' : 'block', lineWidth: 0, aliasDuplicateObjects: false });
}

test('a configuration is the same after writing and reading it, with its defaults', () => {
  fc.assert(
    fc.property(configuration, fc.boolean(), (config, flow) => {
      const result = load(fileOf(config, flow), 'file');
      if (!result.ok) throw new Error(result.problems.map(({ message, path }) => `${path}: ${message}`).join('\n'));
      expect(result.config).toEqual(configSchema.parse(config));
      // The result is a valid configuration as well: the defaults are valid.
      const again = load(fileOf(result.config, flow), 'file');
      const others = { warnings: expect.anything(), policies: expect.anything(), locate: expect.anything() };
      expect(again).toEqual({ ...result, ...others });
    }),
    { numRuns: runs(100) },
  );
});

test('two specifications differ exactly if they are not equal', () => {
  const spec = configuration.map((config) => resolve(configSchema.parse(config)));
  fc.assert(
    fc.property(spec, spec, (a, b) => {
      const { peers, ranges, ...rest } = diffSpecs(a, a);
      expect([peers.added, peers.removed, peers.changed, ranges.added, ranges.removed, ranges.changed].flat()).toEqual(
        [],
      );
      expect(rest).toEqual({
        listen: { added: [], removed: [] },
        log: false,
        metrics: false,
        web: false,
        settings: [],
        restartNeeded: [],
      });
      const forth = diffSpecs(a, b);
      const back = diffSpecs(b, a);
      expect(forth.peers.added).toEqual(back.peers.removed);
      expect(forth.ranges.removed).toEqual(back.ranges.added);
      expect(forth.peers.changed.map(({ how, keys }) => [how, keys])).toHaveLength(back.peers.changed.length);
      expect(a.peers.length - forth.peers.removed.length + forth.peers.added.length).toBe(b.peers.length);
    }),
    { numRuns: runs(100) },
  );
});

/** Texts with a meaning in YAML or in a configuration. */
const PIECES = [
  ...'\t\n:-[]{}"\'#&*!|>%@`,? ',
  '---\n',
  '...\n',
  '<<: *a\n',
  '&a ',
  '*a',
  '!!binary ',
  '::',
  '1.10',
  '~',
  'null',
  'true',
  '0',
  '-1',
  '1e400',
  '.nan',
  '0x',
  '__proto__',
  'constructor',
  'as: ',
  'peers:',
  'groups:',
  'router:',
  'dynamic:',
  '\u0000',
  '\ufeff',
  '😀',
  '\r\n',
  '%YAML 1.1\n',
];

interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat(),
  remove: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max: 30 })),
  insert: fc.oneof(fc.constantFrom(...PIECES), fc.constant(''), fc.string({ maxLength: 4 })),
});

function mutate(text: string, edits: readonly Edit[]): string {
  return edits.reduce((now, { at, remove, insert }) => {
    const place = now.length === 0 ? 0 : at % now.length;
    return now.slice(0, place) + insert + now.slice(place + remove);
  }, text);
}

test('any edited file is accepted, or every problem has its place; nothing is thrown', () => {
  fc.assert(
    fc.property(configuration, fc.boolean(), fc.array(edit, { minLength: 1, maxLength: 6 }), (config, flow, edits) => {
      check(mutate(fileOf(config, flow), edits));
    }),
    { numRuns: runs(400) },
  );
});

test('the same for text that is not a configuration', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string()), { maxLength: 30 }), (parts) => {
      check(parts.join(''));
    }),
    { numRuns: runs(400) },
  );
});

test('the same for any YAML value in any place', () => {
  const anything = fc.anything({ withNullPrototype: false, maxDepth: 3 });
  const paths = [
    'router',
    'router.as',
    'listen',
    'listen.0',
    'groups',
    'groups.g',
    'groups.g.as',
    'groups.g.dynamic',
    'groups.g.dynamic.0',
    'peers',
    'peers.0',
    'peers.0.address',
    'peers.0.families',
    'fib',
    'metrics',
    'metrics.listen',
    'control',
    'log',
    'log.level',
  ];
  fc.assert(
    fc.property(fc.constantFrom(...paths), anything, (path, value) => {
      const config = {
        router: { as: 1, id: '10.0.0.1' },
        listen: [{ address: '10.0.0.1' }],
        groups: { g: { as: 'internal', dynamic: [{ range: '10.0.0.0/8' }] } },
        peers: [{ address: '10.0.0.2', group: 'g', families: ['ipv4-unicast'] }],
        metrics: { listen: 'none' },
      };
      check(fileOf(withValue(config, path.split('.'), value), false));
    }),
    { numRuns: runs(400) },
  );
});

function withValue(config: unknown, [step, ...rest]: readonly string[], value: unknown): unknown {
  if (step === undefined) return value;
  if (Array.isArray(config))
    return config.map((each, at) => (at === Number(step) ? withValue(each, rest, value) : each));
  const object = (config ?? {}) as Record<string, unknown>;
  return { ...object, [step]: withValue(object[step], rest, value) };
}

function check(text: string): void {
  const result = load(text, 'file');
  if (result.ok) {
    resolve(result.config);
    return;
  }
  expect(result.problems.length).toBeGreaterThan(0);
  const lines = text.split(/\r?\n/);
  for (const problem of result.problems) {
    expect(problem.line).toBeGreaterThanOrEqual(1);
    expect(problem.line).toBeLessThanOrEqual(lines.length);
    expect(problem.column).toBeGreaterThanOrEqual(1);
    expect(problem.what).not.toBe('');
    expect(problem.expected).not.toBe('');
    expect(formatProblem(problem, text)).toContain(problem.what);
  }
}
