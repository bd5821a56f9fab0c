/** Holds the floors of docs/ARCHITECTURE.md: nothing imports upward, and rooms of one floor do not know each other. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

const SRC = join(__dirname, '..', 'src');

/** Floor of each room; a file may import from its own room and from the floors below. */
const FLOORS: Readonly<Record<string, number>> = {
  lib: 0,
  wire: 1,
  fsm: 2,
  rib: 2,
  policy: 2,
  fib: 2,
  bfd: 2,
  reflect: 3,
  engine: 4,
  config: 4,
  io: 5,
  daemon: 6,
  cli: 7,
  demo: 7,
  tools: 7,
  'main.ts': 7,
};

/** Rooms that may use Node; below, only `io` and up know it. */
const NODE_FLOOR = 5;
/** Packages that pure code may use: text and schemas, no I/O. */
const PURE_PACKAGES = ['ip-address', 'yaml', 'zod'];

interface Import {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

function imports(): Import[] {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return files.flatMap((file) => {
    const text = readFileSync(join(SRC, file), 'utf8');
    return [...text.matchAll(/^(?:import (?:.* from )?|export .* from |\} from )'([^']+)';$/gm)].map(([, to]) => ({
      file,
      from: roomOf(file),
      to,
    }));
  });
}

function roomOf(path: string): string {
  return path.split('/')[0];
}

function target({ file, to }: Import): string | null {
  return to.startsWith('.') ? normalize(join(dirname(file), to)) : null;
}

describe('floors', () => {
  const all = imports();

  test('every file stands in a room of the table', () => {
    expect(all.map(({ from }) => from).filter((room) => FLOORS[room] === undefined)).toEqual([]);
  });

  test('no file imports upward, or from a neighbouring room of its floor', () => {
    const wrong = all.filter((row) => {
      const path = target(row);
      if (path === null) return false;
      const room = roomOf(relative('.', path));
      const sideways = row.from !== room && FLOORS[room] === FLOORS[row.from] && FLOORS[room] < 7;
      return FLOORS[room] > FLOORS[row.from] || sideways;
    });
    expect(wrong).toEqual([]);
  });

  test('relative imports name the file with its ending', () => {
    expect(all.filter((row) => row.to.startsWith('.') && !row.to.endsWith('.ts'))).toEqual([]);
  });

  test('only io and the floors above it use Node or packages with I/O', () => {
    const wrong = all.filter(({ from, to }) => {
      if (to.startsWith('.') || FLOORS[from] >= NODE_FLOOR) return false;
      return !PURE_PACKAGES.includes(to.split('/')[0]);
    });
    expect(wrong).toEqual([]);
  });

  test('floors up to the tables and groups never read the clock or make timers', () => {
    const pure = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.ts') && FLOORS[roomOf(name)] < NODE_FLOOR,
    );
    const offenders = pure.filter((name) =>
      /\b(setTimeout|setInterval|setImmediate|Date\.now|performance\.now)\(|\bprocess\.[a-z]/.test(
        readFileSync(join(SRC, name), 'utf8'),
      ),
    );
    expect(offenders).toEqual([]);
  });
});
