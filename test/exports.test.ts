/**
 * Holds that a name is exported only for an importer: what no other file uses is private to its file, where the compiler
 * and the linter notice when it is unused. What only tests import is a part of its file that they look at: the file uses
 * it itself.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const ROOT = join(__dirname, '..');

/** Every name of a file: imported as a whole. */
const ALL = '*';

const EXPORTED = /^export (?:abstract |async )*(?:function\*?|class|interface|type|const|let) (\w+)/gm;
const REEXPORTED = /^export (?:type )?\{([^}]*)\}/gm;
/** `import a, { b } from`, `import type { a } from`, `import * as a from`, and the same with `export`. */
const IMPORTED = /^(?:import|export) (?:type )?(?:\w+, )?(?:\{([^}]*)\}|\*(?: as \w+)?) from '(\.[^']+)'/gm;
/** `{ a } = await import()`, `(await import()).a`, `import().then(({ a }) =>`; otherwise the whole file. */
const IMPORTED_LATE = /(?:\{([^}]*)\} = await )?import\('(\.[^']+)'\)(?:\)?\.(?:then\(\(\{([^}]*)\})?(\w+)?)?/g;

interface Name {
  readonly file: string;
  readonly name: string;
}

const FILES = ['src', 'test'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
);

/** The names of a list between braces; `at` selects the name before or after `as` (or `:`). */
function namesOf(list: string, at: 0 | -1): string[] {
  const rows = list.split(',').map((row) => row.trim().replace(/^type /, ''));
  return rows.filter((row) => row !== '').map((row) => row.split(/ as |: /).at(at) as string);
}

function exportsOf(text: string): string[] {
  const renamed = [...text.matchAll(REEXPORTED)].flatMap(([, list]) => namesOf(list, -1));
  return [...[...text.matchAll(EXPORTED)].map(([, name]) => name), ...renamed];
}

function importsOf(text: string, file: string): Name[] {
  const plain = [...text.matchAll(IMPORTED)].map(([, list, to]) => ({ to, list }));
  const late = [...text.matchAll(IMPORTED_LATE)].map(([, list, to, then, member]) => ({
    to,
    list: list ?? then ?? member,
  }));
  return [...plain, ...late].flatMap(({ to, list }) => {
    const target = normalize(join(dirname(file), to));
    return (list === undefined ? [ALL] : namesOf(list, 0)).map((name) => ({ file: target, name }));
  });
}

/** What is exported by a file of src, and imported by no other file. */
function unused(texts: ReadonlyMap<string, string>): string[] {
  const imported = new Set([...texts].flatMap(([file, text]) => importsOf(text, file).map(keyOf)));
  return [...texts]
    .filter(([file]) => file.startsWith('src/'))
    .flatMap(([file, text]) => exportsOf(text).map((name) => ({ file, name })))
    .filter((each) => !imported.has(keyOf(each)) && !imported.has(keyOf({ ...each, name: ALL })))
    .map(({ file, name }) => `${file} exports ${name}`);
}

/** What is exported by a file of src, and used by tests alone. */
function testedOnly(texts: ReadonlyMap<string, string>): string[] {
  const product = new Map([...texts].filter(([file]) => file.startsWith('src/')));
  return unused(product).filter((row) => {
    const [file, name] = row.split(' exports ') as [string, string];
    const uses = product.get(file)?.match(new RegExp(`\\b${name}\\b`, 'g'))?.length ?? 0;
    return uses < 2;
  });
}

function keyOf({ file, name }: Name): string {
  return `${file} ${name}`;
}

const TEXTS = new Map(FILES.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]));

/** The inverse of how they are shown: it proves that no two communities have the same text. */
const INVERSE = 'src/wire/communities/extended.ts exports parseIpv6ExtendedCommunity';

const USED_BY_TESTS = new Map([['test/user.ts', "import { f, g } from '../src/one.ts';"]]);

describe('exports', () => {
  test('every exported name of src has an importer', () => {
    expect(unused(TEXTS)).toEqual([]);
  });

  test('no code of src is there for tests alone', () => {
    expect(testedOnly(TEXTS)).toEqual([INVERSE]);
    const own = 'export function f() {}\nexport function g() {}\nf();\n';
    expect(testedOnly(new Map([...USED_BY_TESTS, ['src/one.ts', own]]))).toEqual(['src/one.ts exports g']);
  });

  test('of every form are found, and so is every form of import', () => {
    const of = (user: string) =>
      unused(
        new Map([
          ['src/a/one.ts', 'export function f() {}\nexport type T = 1;\nexport const c = 1;\nexport class D {}\n'],
          ['src/two.ts', "export { c as again } from './a/one.ts';\n"],
          ['test/user.ts', user],
        ]),
      ).map((text) => text.split(' ').at(-1));
    expect(of('')).toEqual(['f', 'T', 'D', 'again']);
    expect(of("import { f, type T } from '../src/a/one.ts';")).toEqual(['D', 'again']);
    expect(of("import type {\n  D,\n  T as Renamed,\n} from '../src/a/one.ts';")).toEqual(['f', 'again']);
    expect(of("import * as one from '../src/a/one.ts';")).toEqual(['again']);
    expect(of("const { f: g } = await import('../src/a/one.ts');")).toEqual(['T', 'D', 'again']);
    expect(of("(await import('../src/a/one.ts')).f();")).toEqual(['T', 'D', 'again']);
    expect(of("import('../src/a/one.ts').then(({ D }) => D);")).toEqual(['f', 'T', 'again']);
    expect(of("const one = await import('../src/two.ts');")).toEqual(['f', 'T', 'D']);
  });
});
